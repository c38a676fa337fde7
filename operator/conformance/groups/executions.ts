import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import type { DryRunReply } from '../../../shared/contract/admin/plans.ts';
import { itemOutcomeSchema } from '../../../shared/core/run-item.ts';
import { isEnded } from '../../../shared/core/run-state.ts';
import { expectRefusal, said, type Trial } from '../trial.ts';
import { Broken, expectThat, need, NotChecked } from '../verdicts.ts';
import { faultOfPace } from './pace.ts';
import { changeOf, rowOf } from './plans.ts';
import { askRun, type Followed, follow, followToEnd, getRun } from './runs.ts';

/** A run that has ended, and all that it told. */
export type EndedRun = { readonly runId: string; readonly items: Followed['items'] };

/** An execution from its start to its end, paused on the way. Undefined where it did not come that far. */
export async function checkExecution(trial: Trial, approved: DryRunReply | undefined, testEmail: string): Promise<EndedRun | undefined> {
  const { verdicts, migration, people } = trial;
  const params = { id: migration.id };
  const all = people.records.length;
  const bodyOf = (plan: DryRunReply) => ({ plan_hash: plan.plan_hash, rows_per_second: trial.rowsPerSecond });

  const key = trial.newKey();

  const runId = await verdicts.check('execution.starts', async () => {
    const answer = await trial.send(endpoints.execute, { params, body: bodyOf(need(approved, 'an approved plan')), key });
    const reply = endpoints.execute.reply.safeParse(answer.json);
    if (answer.status !== 202 || !reply.success) throw new Broken(`${said(answer)}, not 202 with a run_id.`);
    return reply.data.run_id;
  });

  await verdicts.check('execution.one_at_a_time', async () => {
    const id = need(runId, 'an execution');
    const answer = await trial.send(endpoints.execute, { params, body: bodyOf(need(approved, 'an approved plan')) });
    const reply = endpoints.execute.reply.safeParse(answer.json);
    if (reply.success && reply.data.run_id === id && isEnded((await getRun(trial, id)).state)) throw new NotChecked('The run had ended before another one could be asked for.');
    expectRefusal(answer, 409, ['run_in_progress']);
  });

  await verdicts.check('idempotency.execution', async () => {
    const id = need(runId, 'an execution');
    const answer = await trial.send(endpoints.execute, { params, body: bodyOf(need(approved, 'an approved plan')), key });
    const reply = endpoints.execute.reply.safeParse(answer.json);
    expectThat(answer.status === 202 && reply.success && reply.data.run_id === id, `${said(answer)}, not 202 with the run that the key has started.`);
  });

  await verdicts.check('execution.pause', async () => {
    const id = need(runId, 'an execution');
    await follow(trial, id, ({ items }) => items.length > 0);
    await askRun(trial, id, 'pauseRun');
    const standing = await follow(trial, id, ({ state }) => state === 'paused' || isEnded(state));
    if (standing.state !== 'paused' && faultOfPace(standing.items, trial.rowsPerSecond) !== undefined) throw new NotChecked('The run was faster than it was asked to be, and had ended before it could stand.');
    expectThat(standing.state === 'paused', `It was asked to pause, and ended as ${standing.state}.`);
    const startedMs = performance.now();
    const { items } = await trial.done(endpoints.listRunItems, { params: { run_id: id }, query: { after: String(standing.items.length), wait: '2' } });
    expectThat(items.length === 0, 'While it stood, it wrote on.');
    const heldMs = performance.now() - startedMs;
    verdicts.enter('execution.wait', heldMs > 1000 ? 'holds' : 'broken', heldMs > 1000 ? '' : 'With wait=2 and nothing new the answer came at once.');
  });

  await verdicts.check('execution.resume', async () => {
    const id = need(runId, 'an execution');
    if (!['pausing', 'paused'].includes((await getRun(trial, id)).state)) throw new NotChecked('The run does not stand.');
    await askRun(trial, id, 'resumeRun');
    const { state } = await follow(trial, id, (seen) => isEnded(seen.state));
    expectThat(state === 'completed', `It ended as ${state}.`);
  });

  const ended = await verdicts.check('execution.seq', async () => {
    const id = need(runId, 'an execution');
    const { items } = await followToEnd(trial, id);
    const rows = items.map(({ row }) => row).toSorted((one, other) => one - other);
    expectThat(rows.join(' ') === people.records.map((_, index) => index + 1).join(' '), `Of ${all} rows ${items.length} items came, or one came twice.`);
    expectThat(items.every(({ row, email }) => people.records[row - 1]?.email === email), 'An item names somebody else than its row.');
    return { runId: id, items };
  });

  await verdicts.check('execution.rate', async () => {
    const fault = faultOfPace(need(ended, 'a run that has ended').items, trial.rowsPerSecond);
    expectThat(fault === undefined, fault ?? '');
  });

  await verdicts.check('execution.test_rows', async () => {
    const item = need(ended, 'a run that has ended').items.find(({ email }) => email === testEmail);
    expectThat(item?.outcome === 'no_change', `The test row is told as ${item?.outcome ?? 'nothing'}.`);
  });

  await verdicts.check('execution.before_after', async () => {
    const { rows } = need(approved, 'an approved plan');
    for (const item of need(ended, 'a run that has ended').items) {
      if (item.email === testEmail) continue;
      const row = rowOf(rows, item.email);
      const isAsPlanned = item.outcome === 'applied' && row !== undefined && item.after !== null && item.after['stripe_customer_id'] === changeOf(row, 'stripe_customer_id') && item.after['auth.must_reset_password'] === true;
      expectThat(isAsPlanned, `Item ${item.seq} is ${item.outcome}, or its "after" is not what was planned.`);
    }
  });

  await verdicts.check('execution.counts', async () => {
    const { runId: id, items } = need(ended, 'a run that has ended');
    const { counts, state, rows_done: done } = await getRun(trial, id);
    for (const outcome of itemOutcomeSchema.options) {
      const told = items.filter((item) => item.outcome === outcome).length;
      expectThat(counts[outcome] === told, `The run counts ${counts[outcome]} ${outcome}, its items are ${told}.`);
    }
    expectThat(done === items.length && state === 'completed', `It stands as ${state} with ${done} rows done.`);
  });

  await verdicts.check('execution.listed', async () => {
    const run = await getRun(trial, need(ended, 'a run that has ended').runId);
    const { items } = await trial.done(endpoints.listRuns, { query: { migration: migration.id, limit: '100' } });
    const listed = items.find((one) => one.run_id === run.run_id);
    expectThat(listed?.kind === 'execution' && listed.state === run.state && JSON.stringify(listed.counts) === JSON.stringify(run.counts), 'It is not among the newest runs, or told there as something else.');
  });

  await verdicts.check('execution.filed_dry_run', async () => {
    const { preceding_dry_run: before } = await getRun(trial, need(runId, 'an execution'));
    if (before === null) throw new Broken('The run names no dry run before it.');
    const filed = await getRun(trial, before);
    expectThat(filed.kind === 'dry_run' && filed.plan_hash === need(approved, 'an approved plan').plan_hash, 'What is named as the dry run before it is something else.');
  });

  await verdicts.check('execution.again', async () => {
    const { runId: id } = need(ended, 'a run that has ended');
    const answer = await trial.send(endpoints.execute, { params, body: { plan_hash: need(approved, 'an approved plan').plan_hash } });
    const reply = endpoints.execute.reply.safeParse(answer.json);
    expectThat((answer.status === 202 || answer.status === 200) && reply.success && reply.data.run_id === id, `${said(answer)}, not the run that was.`);
  });

  return ended;
}
