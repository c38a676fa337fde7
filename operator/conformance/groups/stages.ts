import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { stageBucket } from '../../../shared/core/stages.ts';
import type { RawAnswer } from '../raw-http.ts';
import { sameBag } from '../same-bag.ts';
import { codeOf, said, sha256Hex, type Trial } from '../trial.ts';
import { Broken, expectThat, need, NotChecked } from '../verdicts.ts';
import { approve } from './approvals.ts';
import type { EndedRun } from './executions.ts';
import { memberOf } from './members.ts';
import { planOf } from './plans.ts';
import { followToEnd } from './runs.ts';
import { passTestRun } from './test-runs.ts';

/** How many of the two dozen the stages are to take, where people are drawn as `shared/core` draws them. */
const FEW = 9;
const MORE = 16;

/**
 * A plan executed in stages (C8): some, then more, under one approval. Whom a stage takes is the server's own to decide;
 * the shares lie so that ours takes just so many, and that no even draw takes nobody or everybody. `tried` is the person
 * of the second plan's test run, whom a server that has seen no such run yet is given again.
 */
export async function checkStages(trial: Trial, cohort: string, ended: EndedRun | undefined, tried: string): Promise<void> {
  const { verdicts, people, session } = trial;
  const all = people.records.length;
  const file = `conformance-stages-${people.mark}.csv`;
  const [few, more] = sharesFor(trial);

  const first = await verdicts.check('execution.stage', async () => {
    need(ended, 'an execution that has ended');
    const { plan_hash: planHash } = await planOf(trial, cohort, file);
    await approve(trial, planHash);
    const { items, state } = await followToEnd(trial, await startStage(trial, planHash, few, tried));
    expectThat(state === 'completed' && items.length > 0 && items.length < all, `A stage of ${few.toFixed(1)} % ended as ${state} with ${items.length} of ${all} rows.`);
    const carrying = await carriersOf(trial, file);
    const applied = items.filter(({ outcome }) => outcome === 'applied').map(({ email }) => email);
    expectThat(applied.length > 0 && sameBag(carrying.filter((email) => email !== tried), applied.filter((email) => email !== tried)), `The stage tells of ${applied.length} people whom it has written, and ${carrying.length} carry its file.`);
    return { planHash, items, applied };
  });

  let secondRun: string | undefined;
  await verdicts.check('approvals.covers_stages', async () => {
    const { planHash } = need(first, 'a first stage');
    secondRun = await startStage(trial, planHash, more, tried);
    if (session.policy.approvals_required === 0) throw new NotChecked('The policy of this environment asks for no approval.');
  });

  await verdicts.check('execution.next_stage', async () => {
    const before = need(first, 'a first stage');
    const { items, state } = await followToEnd(trial, need(secondRun, 'a second stage'));
    expectThat(state === 'completed' && items.length > before.items.length && items.length < all, `After a stage of ${before.items.length} rows, one of ${more.toFixed(1)} % ended as ${state} with ${items.length} of ${all}.`);
    const outcomes = new Map(items.map(({ email, outcome }) => [email, outcome]));
    expectThat(before.items.every(({ email }) => outcomes.has(email)), 'Somebody of the first stage is not in the second one.');
    expectThat(before.applied.every((email) => outcomes.get(email) === 'no_change'), 'Somebody whom the first stage has written is not told as no_change in the second one.');
  });
}

/** Two shares in percent, each between two people of the cohort. */
function sharesFor({ people, migration }: Trial): readonly [number, number] {
  const buckets = people.records.map(({ email }) => stageBucket(sha256Hex, migration.id, email)).toSorted((one, other) => one - other);
  const behind = (count: number): number => ((buckets[count - 1] ?? 0) + (buckets[count] ?? 100)) / 2;
  return [behind(FEW), behind(MORE)];
}

/** Starts a stage, behind a test run where the plan's kind of rows was not tried yet. @throws Broken, NotChecked while another run is under way */
async function startStage(trial: Trial, planHash: string, percent: number, tried: string): Promise<string> {
  const ask = (): Promise<RawAnswer> => trial.send(endpoints.execute, { params: { id: trial.migration.id }, body: { plan_hash: planHash, stage: { percent } } });
  let answer = await ask();
  if (answer.status === 409 && codeOf(answer) === 'test_run_required') {
    await passTestRun(trial, planHash, tried);
    answer = await ask();
  }
  if (answer.status === 409 && codeOf(answer) === 'run_in_progress') throw new NotChecked('Another run is still under way.');
  const reply = endpoints.execute.reply.safeParse(answer.json);
  if (answer.status !== 202 || !reply.success) throw new Broken(`${said(answer)} to a stage, not 202 with a run_id.`);
  return reply.data.run_id;
}

/** Whose record says that it came out of that file. */
async function carriersOf(trial: Trial, file: string): Promise<readonly string[]> {
  const carrying: string[] = [];
  for (const { email } of trial.people.records) if ((await memberOf(trial, email)).migration.source_file === file) carrying.push(email);
  return carrying;
}
