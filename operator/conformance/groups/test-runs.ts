import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import type { DryRunReply } from '../../../shared/contract/admin/plans.ts';
import type { TestRunStatus } from '../../../shared/contract/admin/test-run.ts';
import { codeOf, expectRefusal, said, type Trial } from '../trial.ts';
import { Broken, expectThat, need } from '../verdicts.ts';
import { approve } from './approvals.ts';
import { expectDead, type PassedTestRun, validate } from './validate.ts';

/** A test run of a cohort that has passed, its customers put back. */
type Started = { readonly runId: string; readonly key: string; readonly planHash: string; readonly email: string };

/** The test run of the plan (A14): what opens it, what it observes, what it leaves. Undefined where it did not pass. */
export async function checkTestRun(trial: Trial, plan: DryRunReply | undefined, email: string): Promise<PassedTestRun | undefined> {
  const { verdicts, migration, people } = trial;
  const params = { id: migration.id };
  const planHash = plan?.plan_hash;
  const status = (runId: string): Promise<TestRunStatus> => trial.done(endpoints.getTestRun, { params: { ...params, run_id: runId } });
  const execute = async (): Promise<string> => trial.refused(endpoints.execute, { params, body: { plan_hash: need(planHash, 'a plan') } }, 409, []);

  await verdicts.check('gates.before_test', async () => {
    const code = await execute();
    expectThat(['test_run_required', 'approval_required', 'cohort_not_bound'].includes(code), `It was refused, but as ${code}.`);
  });

  const started = await verdicts.check('test_run.starts', async () => startTestRun(trial, need(planHash, 'a plan'), email));

  await verdicts.check('test_run.selection', async () => {
    const body = { plan_hash: need(planHash, 'a plan') };
    const others = people.records.map((record) => record.email).filter((other) => other !== email);
    await trial.refused(endpoints.startTestRun, { params, body: { ...body, emails: others.slice(0, 2) } }, 422, ['test_selection']);
    await trial.refused(endpoints.startTestRun, { params, body: { ...body, emails: [people.outsider.email] } }, 422, ['test_selection']);
  });

  await verdicts.check('test_run.one_open', async () => {
    need(started, 'a test run');
    const other = people.records.at(-1)?.email ?? '';
    await trial.refused(endpoints.startTestRun, { params, body: { plan_hash: need(planHash, 'a plan'), emails: [other] } }, 409, []);
  });

  await verdicts.check('test_run.observed', async () => {
    const { passed, members } = await status(need(started, 'a test run').runId);
    const isUnseen = members.length === 1 && members.every((member) => member.email === email && member.prepared && !member.signed_in && !member.password_set && !member.event_recorded);
    expectThat(!passed && isUnseen, 'Before anybody has signed in, something is told as seen or passed, or the test customer is not told at all.');
  });

  const validated = await verdicts.check('test_run.validation', async () => {
    const { key } = need(started, 'a test run');
    const done = await validate(trial, email, key);
    expectRefusal(await trial.send(endpoints.setPassword, { body: { new_password: trial.newPassword() }, as: { session: done.session } }), [401, 403], []);
    return done;
  });

  await verdicts.check('test_run.key_once', async () => {
    need(validated, 'a validation');
    await trial.refused(endpoints.login, { body: { email, password: trial.temporaryPassword, validation_key: need(started, 'a test run').key } }, 401, ['invalid_credentials']);
  });

  await verdicts.check('test_run.passes', async () => {
    need(validated, 'a validation');
    const { passed, members } = await status(need(started, 'a test run').runId);
    const [member] = members;
    expectThat(passed && member !== undefined && member.signed_in && member.held_at_reset && member.password_set && member.event_recorded, 'What was done is not told as seen, or not as passed.');
  });

  await verdicts.check('test_run.not_restored', async () => {
    need(validated, 'a validation');
    const code = await execute();
    expectThat(['test_users_not_restored', 'approval_required'].includes(code), `It was refused, but as ${code}.`);
  });

  const passed = await verdicts.check('test_run.rearm', async () => {
    const { runId } = need(started, 'a test run');
    for (const _ of ['once', 'again']) {
      const after = await trial.done(endpoints.rearmTestRun, { params: { ...params, run_id: runId }, body: {} });
      expectThat(after.restored && after.passed, 'After re-arm the test run is not told as passed and put back.');
    }
    const { session, password } = need(validated, 'a validation');
    await expectDead(trial, session);
    await trial.refused(endpoints.login, { body: { email, password } }, 401, ['invalid_credentials']);
    const { items } = await trial.done(endpoints.listMembers, { params, query: { email } });
    expectThat(items[0]?.must_reset_password === true && items[0].state === 'prepared' && items[0].password_last_set_at === null, 'The test customer is not as before the validation.');
    return { runId };
  });

  await verdicts.check('idempotency.key_required', async () => {
    const { runId } = need(passed, 'a test run that was put back');
    await trial.refused(endpoints.rearmTestRun, { params: { ...params, run_id: runId }, body: {}, key: null }, 400, ['idempotency_key_required']);
  });

  await verdicts.check('test_run.event_held', async () => {
    need(passed, 'a validation that was put back');
    const { items } = await trial.done(endpoints.listEvents, { params, query: { email } });
    expectThat(items.length > 0 && items.every((event) => event.void && event.delivery === 'void'), 'The event of the validation is missing, or not void after re-arm.');
  });

  return passed;
}

/** Starts it; where the migration's policy or its former cohort asks for an approval first, that is given. @throws Broken */
async function startTestRun(trial: Trial, planHash: string, email: string): Promise<Started> {
  const sent = { params: { id: trial.migration.id }, body: { plan_hash: planHash, emails: [email] } };
  let answer = await trial.send(endpoints.startTestRun, sent);
  const code = codeOf(answer);
  if (answer.status === 409 && (code === 'cohort_not_bound' || code === 'approval_required')) {
    await approve(trial, planHash);
    answer = await trial.send(endpoints.startTestRun, sent);
  }
  const reply = endpoints.startTestRun.reply.safeParse(answer.json);
  if (answer.status !== 200 || !reply.success) throw new Broken(`${said(answer)}, not 200 with run, items and validation keys.`);
  const { run_id: runId, items, validation_keys: keys } = reply.data;
  const key = Object.hasOwn(keys, email) ? keys[email] : undefined;
  if (items.length !== 1 || items[0]?.outcome !== 'applied' || key === undefined) throw new Broken('The test row is not told as applied, or has no validation key.');
  return { runId, key, planHash, email };
}

/** A test run from start to re-arm, for a plan whose kind of rows was not tried yet. @throws Broken */
export async function passTestRun(trial: Trial, planHash: string, email: string): Promise<PassedTestRun> {
  const { runId, key } = await startTestRun(trial, planHash, email);
  try {
    await validate(trial, email, key);
  } finally {
    await trial.done(endpoints.rearmTestRun, { params: { id: trial.migration.id, run_id: runId }, body: {} });
  }
  return { runId };
}
