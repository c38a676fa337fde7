import { z } from 'zod';

/** What a run does. A dry run and a verification read only. */
export const runKindSchema = z.enum(['dry_run', 'test_run', 'execution', 'verification', 'rollback']);
export type RunKind = z.infer<typeof runKindSchema>;
