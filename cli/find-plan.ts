import type { OperatorClient } from '../shared/contract/operator/client.ts';
import type { ProcedureOutput } from '../shared/contract/operator/dispatch.ts';
import { OperatorError } from '../shared/contract/operator/reply.ts';

/** What server and operator say of a plan hash that a migration does not have. */
const NOT_HERE: ReadonlySet<string> = new Set(['plan_not_found', 'unknown_plan']);

export type FoundPlan = ProcedureOutput<'plans.get'>;

/**
 * The plan of a hash and the migration it belongs to. Plan hashes are unique, so the migration need not be
 * told; telling it saves the search.
 * @throws OperatorError `plan_not_found`, or why the environment cannot be asked
 */
export async function findPlan(client: OperatorClient, planHash: string, migration: string | undefined): Promise<FoundPlan> {
  const migrations = migration === undefined ? (await client.call('migrations.list', {})).items.map(({ id }) => id) : [migration];
  let refusal: OperatorError | undefined;
  for (const id of migrations) {
    try {
      return await client.call('plans.get', { migration: id, plan_hash: planHash });
    } catch (thrown) {
      if (!(thrown instanceof OperatorError) || !NOT_HERE.has(thrown.problem.code)) throw thrown;
      refusal = thrown;
    }
  }
  throw refusal ?? new OperatorError({ code: 'plan_not_found', title: 'There is no such plan', detail: 'Do a dry run and use the plan hash it gives.', request_id: null });
}
