import { z } from 'zod';
import { listMigrations, migrationSchema } from '../../shared/contract/admin/migrations.ts';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { approvalPolicySchema } from '../../shared/contract/admin/session.ts';
import { testRunStatusSchema } from '../../shared/contract/admin/test-run.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import { testRunAtServer } from './decided-at-server.ts';

/** What the server alone says beside a run, its receipt and the decisions on it, and a report tells: what was tried, and by which rules. */
export const aroundRunSchema = z.strictObject({
  /** When the server said so, by this machine's clock. */
  seen_at: z.iso.datetime(),
  policy: approvalPolicySchema,
  migration: migrationSchema.nullable(),
  test_run: testRunStatusSchema.nullable(),
});
export type AroundRun = z.infer<typeof aroundRunSchema>;

/** Asks the server for all of it; `others` are runs of the same migration. @throws OperatorError as the calls do */
export async function askAroundRun(environment: ConnectedEnvironment, run: Run, others: readonly Run[], clock: () => Date): Promise<AroundRun> {
  const { items: migrations } = await environment.read(listMigrations, { params: {}, query: {} });
  const testRun = await testRunAtServer(environment, run, others);
  return { seen_at: clock().toISOString(), policy: environment.session.policy, migration: migrations.find(({ id }) => id === run.migration) ?? null, test_run: testRun ?? null };
}
