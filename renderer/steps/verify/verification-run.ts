import type { Run } from '../../../shared/contract/admin/runs.ts';

/** Whether a run read back that other one: the server says in its message which. */
export function isVerificationOf(run: Pick<Run, 'kind' | 'message'>, runId: string | undefined): boolean {
  return runId !== undefined && run.kind === 'verification' && run.message?.includes(runId) === true;
}

/** The seed that a verification's sample was drawn with, as its message says it; undefined where every row was read back. */
export function seedOf({ message }: Pick<Run, 'message'>): string | undefined {
  return message === null ? undefined : /drawn with the seed (.+)\.$/s.exec(message)?.[1];
}

/** What became of a row that was read back. What a customer or a rollback did since is no fault of the run. */
export type Finding = 'as_left' | 'completed_since' | 'put_back_since' | 'different';
