import { z } from 'zod';

/** What a run does. A dry run and a verification read only. */
export const runKindSchema = z.enum(['dry_run', 'test_run', 'execution', 'verification', 'rollback']);
export type RunKind = z.infer<typeof runKindSchema>;

/** Whether a run of this kind changes customers, and so counts as the one active run of its migration. */
export function isWritingRun(kind: RunKind): boolean {
  return kind === 'test_run' || kind === 'execution' || kind === 'rollback';
}
