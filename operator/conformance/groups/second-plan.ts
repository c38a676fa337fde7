import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import type { CohortRecord } from '../../../shared/core/cohort.ts';
import { isEnded } from '../../../shared/core/run-state.ts';
import { said, type Trial } from '../trial.ts';
import { Broken, expectThat, need, NotChecked } from '../verdicts.ts';
import { approve } from './approvals.ts';
import type { EndedRun } from './executions.ts';
import { memberOf } from './members.ts';
import { faultOfPace } from './pace.ts';
import { planOf, rowOf } from './plans.ts';
import { checkChangesFound } from './read-back.ts';
import { askRun, follow, getRun } from './runs.ts';
import { complete } from './sign-in.ts';
import { passTestRun } from './test-runs.ts';

/** Who does what while the second plan waits. */
export type SecondPlanPeople = {
  /** Tried by the second plan's test run. */
  readonly tried: CohortRecord;
  /** Completed before the second plan was made: never prepared again. */
  readonly completed: CohortRecord;
  /** Completes after the plan was made and before it is executed. */
  readonly drifting: CohortRecord;
  /** So many of them complete that a plan made before is stale. */
  readonly leaving: readonly CohortRecord[];
};

/**
 * The same cohort under another file name: its people are known now. Customers act between plan and execution, and the
 * plan must not be carried out as if nothing had been (N1). Gives the addresses of all who have completed here.
 */
export async function checkSecondPlan(trial: Trial, cohort: string, ended: EndedRun | undefined, roles: SecondPlanPeople): Promise<readonly string[]> {
  const { verdicts, people, migration, session } = trial;
  const params = { id: migration.id };
  const file = `conformance-second-${people.mark}.csv`;
  const all = people.records.length;
  const completed: string[] = [];
  let isTried = false;
  const execute = (planHash: string) => trial.send(endpoints.execute, { params, body: { plan_hash: planHash, rows_per_second: trial.rowsPerSecond } });
  const mustComplete = async (record: CohortRecord): Promise<void> => {
    await complete(trial, record.email);
    completed.push(record.email);
  };

  const early = await verdicts.check('plan.email_match', async () => {
    need(ended, 'an execution that has ended');
    const planned = await planOf(trial, cohort, file);
    const row = rowOf(planned.rows, roles.tried.email);
    expectThat(row?.email_match === 'MATCH_EMAIL' && row.match === 'MATCH_EMAIL' && row.action === 'UPDATE_EXISTING', `A prepared person is planned as ${row?.match ?? 'nothing'}, ${row?.action ?? 'nothing'}.`);
    expectThat(row?.user_id !== null && row?.changes.some(({ field, before, after }) => field === 'migration.source_file' && before !== after && after === file) === true, 'The row does not say whom it would change, and what.');
    return planned;
  });

  await verdicts.check('plan.complete', async () => {
    need(early, 'a plan of known people');
    const row = rowOf(need(early, 'a plan of known people').rows, roles.completed.email);
    if ((await memberOf(trial, roles.completed.email)).state !== 'completed') throw new NotChecked('Nobody has completed.');
    expectThat(row?.action === 'COMPLETE' && row.changes.length === 0, `Somebody who has completed is planned as ${row?.action ?? 'nothing'}.`);
  });

  await verdicts.check('execution.stale', async () => {
    const planned = need(early, 'a plan of known people');
    const enough = Math.floor(session.policy.plan_stale_share * all) + 1;
    if (enough > roles.leaving.length) throw new NotChecked(`Under this policy ${enough} of ${all} would have to change.`);
    // A plan that lapses must first have passed every other gate, or it is refused for something else.
    await approve(trial, planned.plan_hash);
    await passTestRun(trial, planned.plan_hash, roles.tried.email);
    isTried = true;
    for (const record of roles.leaving.slice(0, enough)) await mustComplete(record);
    await trial.refused(endpoints.execute, { params, body: { plan_hash: planned.plan_hash } }, 409, ['plan_stale']);
  });

  const drifted = await verdicts.check('execution.drift', async () => {
    need(early, 'a plan of known people');
    if (session.policy.plan_stale_share * all < 1) throw new NotChecked(`Under this policy one change of ${all} makes the plan stale.`);
    const planned = await planOf(trial, cohort, file);
    await approve(trial, planned.plan_hash);
    if (!isTried) await passTestRun(trial, planned.plan_hash, roles.tried.email);
    await mustComplete(roles.drifting);
    const before = await memberOf(trial, roles.drifting.email);
    const started = await execute(planned.plan_hash);
    const reply = endpoints.execute.reply.safeParse(started.json);
    if (started.status !== 202 || !reply.success) throw new Broken(`${said(started)}, not 202 with a run_id.`);
    const { run_id: runId } = reply.data;
    const place = people.records.indexOf(roles.drifting);
    const { items } = await follow(trial, runId, (seen) => seen.items.length > place);
    const item = items.find(({ email }) => email === roles.drifting.email);
    if (item?.outcome !== 'drifted') throw new Broken(`A row that its customer has changed since the plan is told as ${item?.outcome ?? 'nothing'}.`);
    expectThat(JSON.stringify(item.planned) !== JSON.stringify(item.now), 'The item tells the same as planned and as now.');
    const after = await memberOf(trial, roles.drifting.email);
    expectThat(JSON.stringify(after) === JSON.stringify(before), 'What the customer had changed was overwritten.');
    return { runId, planHash: planned.plan_hash };
  });

  const stopped = await verdicts.check('execution.stop', async () => {
    const { runId } = need(drifted, 'a run that is under way');
    if (isEnded((await getRun(trial, runId)).state)) throw new NotChecked('The run had ended before it could be stopped.');
    await askRun(trial, runId, 'stopRun');
    const { state, items } = await follow(trial, runId, (seen) => isEnded(seen.state));
    if (state !== 'stopped' && faultOfPace(items, trial.rowsPerSecond) !== undefined) throw new NotChecked('The run was faster than it was asked to be, and had ended before it could be stopped.');
    expectThat(state === 'stopped' && items.length < all, `It ended as ${state} with ${items.length} of ${all} items.`);
    await trial.refused(endpoints.resumeRun, { params: { run_id: runId }, body: {} }, 409, []);
    return drifted;
  });

  await verdicts.check('approvals.spent', async () => {
    if (session.policy.approvals_required === 0) throw new NotChecked('The policy of this environment asks for no approval.');
    const { planHash } = need(stopped, 'a run that was stopped');
    await trial.refused(endpoints.execute, { params, body: { plan_hash: planHash } }, 409, ['approval_required']);
  });

  await checkChangesFound(trial, ended, { laterRunId: drifted?.runId, completed: [roles.completed.email, ...completed], tried: roles.tried.email });

  return completed;
}
