import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import type { DryRunReply } from '../../../shared/contract/admin/plans.ts';
import type { PlanRow } from '../../../shared/core/plan-row.ts';
import { expectRefusal, said, sha256Hex, type Trial } from '../trial.ts';
import { Broken, expectThat, need, NotChecked } from '../verdicts.ts';

const PAGE = '7';

/** Makes a plan of the whole cohort under a file name of its own. @throws Broken */
export function planOf(trial: Trial, cohort: string, file: string, more: Readonly<Record<string, unknown>> = {}): Promise<DryRunReply> {
  return trial.done(endpoints.dryRun, { params: { id: trial.migration.id }, body: { source_file: file, source_sha256: sha256Hex(file), cohort, ...more } });
}

/** What a dry run plans, refuses and leaves alone (A5 to A9, N1). Gives the plan that the trial goes on with. */
export async function checkPlans(trial: Trial, cohort: string): Promise<DryRunReply | undefined> {
  const { verdicts, people, migration } = trial;
  const params = { id: migration.id };
  const file = `conformance-${people.mark}.csv`;
  const dryRunOf = (more: Readonly<Record<string, unknown>>) => ({ params, body: { source_file: file, source_sha256: sha256Hex(file), ...more } });

  const plan = await verdicts.check('cohort.named_by_content', async () => {
    const planned = await trial.done(endpoints.dryRun, dryRunOf({ records: people.records }));
    expectThat(planned.cohort === cohort, 'The cohort of the records has another hash than their canonical form.');
    return planned;
  });

  await verdicts.check('plan.repeatable', async () => {
    const again = await planOf(trial, cohort, file);
    expectThat(again.plan_hash === need(plan, 'a plan').plan_hash, 'The same cohort, file and decisions gave another plan hash.');
  });

  await verdicts.check('plan.hash_covers', async () => {
    const other = await planOf(trial, cohort, `other-${file}`);
    expectThat(other.plan_hash !== need(plan, 'a plan').plan_hash, 'Another file name has the same plan hash.');
  });

  await verdicts.check('plan.skip', async () => {
    const [, skipped = people.outsider] = people.records;
    const planned = await planOf(trial, cohort, file, { decisions: [{ email: skipped.email, as: 'skip' }] });
    expectThat(rowOf(planned.rows, skipped.email)?.action === 'SKIP', 'The row is not planned as SKIP.');
    expectThat(planned.plan_hash !== need(plan, 'a plan').plan_hash, 'A decision is no part of the plan hash.');
  });

  await verdicts.check('plan.unknown_fields', async () => {
    await trial.refused(endpoints.dryRun, dryRunOf({ cohort, no_such_field: true }), 422, ['invalid_request']);
    const records = [{ ...people.outsider, no_such_field: 'x' }];
    await trial.refused(endpoints.dryRun, dryRunOf({ records }), 422, ['invalid_request']);
    await trial.refused(endpoints.execute, { params, body: { plan_hash: need(plan, 'a plan').plan_hash, no_such_field: true } }, 422, ['invalid_request']);
    await trial.refused(endpoints.decideApproval, { params, as: approvingSide(trial), body: { plan_hash: cohort, decision: 'approve', comment: '', no_such_field: 1 } }, 422, ['invalid_request']);
  });

  await verdicts.check('plan.bad_input', async () => {
    for (const wrong of [{ cohort: 17 }, { cohort: cohort.toUpperCase() }, { records: 'none' }, { records: [{ ...people.outsider, email: 'no address' }] }, { cohort, decisions: [{ email: people.outsider.email, as: 'delete' }] }]) {
      const answer = await trial.send(endpoints.dryRun, dryRunOf(wrong));
      if (answer.status < 400 || answer.status >= 500) throw new Broken(`${said(answer)} for a body of a wrong kind.`);
      expectRefusal(answer, answer.status, []);
    }
    const { plan_hash } = need(plan, 'a plan');
    const executions = [{ stage: { percent: 0 } }, { stage: { percent: 101 } }, { failure_threshold: 2 }, { rows_per_second: 0 }].map((wrong) => ({ params, body: { plan_hash, ...wrong } }));
    for (const answer of [await trial.send(endpoints.dryRun, dryRunOf({ cohort: 17 })), ...(await Promise.all(executions.map((sent) => trial.send(endpoints.execute, sent))))]) {
      expectThat(answer.status >= 400 && answer.status < 500 && /"errors"\s*:\s*\[\s*\{/.test(answer.text), `${said(answer)}, and did not list what is wrong under errors.`);
    }
  });

  await verdicts.check('plan.outsiders', async () => {
    await trial.refused(endpoints.dryRun, dryRunOf({ cohort, decisions: [{ email: people.outsider.email, as: 'skip' }] }), 422, []);
    await trial.refused(endpoints.dryRun, dryRunOf({ cohort, only: [people.outsider.email] }), 422, []);
  });

  await verdicts.check('plan.new_people', async () => {
    const { rows, summary } = need(plan, 'a plan');
    expectThat(rows.length === people.records.length && summary.rows === rows.length, `The plan has ${rows.length} rows for ${people.records.length} records.`);
    for (const [index, record] of people.records.entries()) {
      const row = rows[index];
      if (row === undefined || row.email !== record.email || row.row !== index + 1) throw new Broken(`Row ${index + 1} is not the record at that place.`);
      const isNew = row.email_match === 'NO_EMAIL_MATCH' && row.match === 'NO_NAME_MATCH' && row.action === 'CREATE_NEW' && row.user_id === null;
      expectThat(isNew, `Row ${row.row} is planned as ${row.email_match}, ${row.match}, ${row.action}.`);
      expectThat(changeOf(row, 'stripe_customer_id') === record.stripe_customer_id && changeOf(row, 'auth.must_reset_password') === true, `Row ${row.row} would not set what the record says.`);
      expectThat(changeOf(row, 'migration.source_file') === file && typeof changeOf(row, 'migration.cohort') === 'string', `Row ${row.row} would not set cohort tag and source file.`);
    }
  });

  await verdicts.check('plan.no_writes', async () => {
    const [first = people.outsider] = people.records;
    const { items } = await trial.done(endpoints.listMembers, { params, query: { email: first.email } });
    expectThat(items.every(({ user_id: id, state }) => id === null && state === 'not_prepared'), 'After a dry run a member has an account, or is prepared.');
    await trial.refused(endpoints.login, { body: { email: first.email, password: trial.temporaryPassword } }, 401, ['invalid_credentials']);
  });

  await verdicts.check('plan.partial', async () => {
    const [first = people.outsider] = people.records;
    const partial = await planOf(trial, cohort, file, { only: [first.email] });
    expectThat(partial.rows.length === 1, `A plan of one row has ${partial.rows.length}.`);
    await trial.refused(endpoints.execute, { params, body: { plan_hash: partial.plan_hash } }, 409, []);
  });

  await checkRows(trial, plan);
  await checkNameMatch(trial);
  return plan;
}

async function checkRows(trial: Trial, plan: DryRunReply | undefined): Promise<void> {
  const { verdicts, people, migration } = trial;
  const listed = (query: Readonly<Record<string, string>>) => trial.done(endpoints.listPlanRows, { params: { id: migration.id, plan_hash: need(plan, 'a plan').plan_hash }, query });

  await verdicts.check('rows.paged', async () => {
    const places: number[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const page = await listed({ limit: PAGE, ...(after === undefined ? {} : { after }) });
      expectThat(page.items.length <= Number(PAGE), `A page has ${page.items.length} rows where ${PAGE} were asked for.`);
      places.push(...page.items.map(({ row }) => row));
      expectThat(places.length <= people.records.length, 'The pages bring more rows than the plan has.');
      after = page.next_cursor;
    }
    expectThat(places.join(' ') === people.records.map((_, index) => index + 1).join(' '), 'The pages do not bring each row once, in the order of the file.');
  });

  await verdicts.check('rows.filtered', async () => {
    const [, second = people.outsider] = people.records;
    const counts = { created: { action: 'CREATE_NEW' }, blocked: { action: 'BLOCKED' }, unmatched: { match: 'NO_NAME_MATCH' }, matched: { match: 'MATCH_EMAIL' }, warned: { warning: 'name_only_match' } };
    const found = Object.fromEntries(await Promise.all(Object.entries(counts).map(async ([name, query]) => [name, (await listed(query)).items.length] as const)));
    const all = people.records.length;
    expectThat(found['created'] === all && found['unmatched'] === all, 'A filter leaves out rows that it fits.');
    expectThat(found['blocked'] === 0 && found['matched'] === 0 && found['warned'] === 0, 'A filter lets through rows that it does not fit.');
    const sought = (await listed({ q: second.email })).items;
    expectThat(sought.length === 1 && sought[0]?.email === second.email, 'q= with an address does not find exactly its row.');
  });
}

/** Looked at, never written: the person is somebody else's. */
async function checkNameMatch(trial: Trial): Promise<void> {
  const { verdicts, people } = trial;
  const params = { id: trial.migration.id };
  const file = `conformance-name-${people.mark}.csv`;

  const plan = await verdicts.check('plan.name_match', async () => {
    if (trial.knownName === undefined) throw new NotChecked('Give the full name of one person of this environment with --known-name. That person is looked at, never written.');
    const record = { ...people.outsider, email: `namesake-${people.outsider.email}`, full_name: trial.knownName, stripe_customer_id: `${people.outsider.stripe_customer_id}n` };
    const planned = await trial.done(endpoints.dryRun, { params, body: { source_file: file, source_sha256: sha256Hex(file), records: [record] } });
    const [row] = planned.rows;
    expectThat(row?.match === 'MATCH_NAME_UNIQUE' && row.email_match === 'NO_EMAIL_MATCH', `The row is planned as ${row?.match ?? 'nothing'}.`);
    const asked = await trial.done(endpoints.dryRun, { params, body: { source_file: file, source_sha256: sha256Hex(file), records: [record], decisions: [{ email: record.email, as: 'create' }] } });
    expectThat(asked.rows[0]?.action === 'CREATE_NEW', 'A name match that was declined is not planned as CREATE_NEW.');
    return planned;
  });

  await verdicts.check('plan.name_match_acknowledged', async () => {
    const { plan_hash: planHash, rows } = need(plan, 'a row matched by name alone');
    const [row] = rows;
    if (row?.action !== 'UPDATE_EXISTING') throw new NotChecked(`The person of that name is planned as ${row?.action ?? 'nothing'}, so nothing would be written.`);
    const code = await trial.refused(endpoints.startTestRun, { params, body: { plan_hash: planHash, emails: [row.email] } }, 409, []);
    if (code === 'cohort_not_bound' || code === 'approval_required') throw new NotChecked(`The test run was refused earlier, as ${code}.`);
    expectThat(code === 'acknowledgement_required', `It was refused as ${code}, not as acknowledgement_required.`);
  });
}

export function rowOf(rows: readonly PlanRow[], email: string): PlanRow | undefined {
  return rows.find((row) => row.email === email);
}

/** What the row would set the field to; undefined where it would leave it. */
export function changeOf(row: PlanRow, field: string): unknown {
  return row.changes.find((change) => change.field === field)?.after;
}

/** Whoever may approve as another person: the approver; else an operator whose token may, where policy lets requesters. */
export function approvingSide(trial: Trial): 'approver' | 'operator' {
  if (trial.approver !== undefined) return 'approver';
  if (trial.session.scopes.includes('migration:approve')) return 'operator';
  throw new NotChecked('It needs an approver’s token in DRYDOCK_APPROVER_TOKEN.');
}
