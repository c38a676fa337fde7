import { problemOf } from '../problems.ts';

const AWAY: ReadonlySet<string> = new Set(['unreachable', 'no_answer', 'practice_failed']);

/** Whether a call failed because the server is away; then what the journal has is shown. One that refuses is not away: its reason is shown. */
export function isServerAway(thrown: unknown): boolean {
  return AWAY.has(problemOf(thrown)?.code ?? '');
}
