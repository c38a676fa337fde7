import type { OperatorClient } from '../shared/contract/operator/client.ts';
import type { FoundPlan } from './find-plan.ts';

/**
 * The command that follows the approval of a plan, with everything that the server will ask for as far as it can be known:
 * the number of matches by name alone, the tag that production wants typed, the test run where that waited for the approval.
 */
export async function nextAfterApproval(client: OperatorClient, plan: FoundPlan): Promise<string> {
  const nameOnly = await countNameOnly(client, plan);
  const policy = await policyOf(client);
  const triesFirst = plan.only !== null || (policy?.approve_before_test_run === true && !(await isTried(client, plan)));
  // Of each kind one row is tried, so of the matches by name one at most.
  if (triesFirst) return `drydock test-run ${plan.plan_hash} --validate${nameOnly > 0 ? ' --ack-name-matches 1' : ''}`;
  const tag = policy?.typed_confirmation === true ? await tagOf(client, plan.migration) : undefined;
  return `drydock execute ${plan.plan_hash}${nameOnly > 0 ? ` --ack-name-matches ${nameOnly}` : ''}${tag === undefined ? '' : ` --confirm ${tag}`}`;
}

async function countNameOnly(client: OperatorClient, { migration, plan_hash, summary }: FoundPlan): Promise<number> {
  if ((summary.warnings['name_only_match'] ?? 0) === 0) return 0;
  const { total } = await client.call('plans.listRows', { migration, plan_hash, match: 'MATCH_NAME_UNIQUE', action: 'UPDATE_EXISTING', offset: 0, limit: 1 });
  return total;
}

async function policyOf(client: OperatorClient) {
  const connection = await client.call('environments.getConnection', {});
  return connection.state === 'connected' ? connection.session.policy : undefined;
}

async function isTried(client: OperatorClient, { migration, cohort }: FoundPlan): Promise<boolean> {
  const { items } = await client.call('runs.list', { migration });
  return items.some(({ run }) => run.kind === 'test_run' && run.cohort === cohort && run.state === 'completed');
}

async function tagOf(client: OperatorClient, migration: string): Promise<string | undefined> {
  const { items } = await client.call('migrations.list', {});
  const tag = items.find(({ id }) => id === migration)?.settings['cohort_tag'];
  return typeof tag === 'string' ? tag : undefined;
}
