import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { codeOf, said, type Trial } from '../trial.ts';
import { expectThat, need, NotChecked } from '../verdicts.ts';
import { expectAllRefused, harmlessCalls } from './harmless-calls.ts';

/** Who may call what (A17), and what the flag closes (A15). Every call of the admin API is tried, about nothing that is there. */
export async function checkTokens(trial: Trial): Promise<void> {
  const { verdicts, migration, session, approver } = trial;
  const params = { id: migration.id };
  const calls = harmlessCalls(trial);
  const reading = calls.filter(({ call }) => call.method === 'GET');
  const writing = calls.filter(({ call }) => call.method !== 'GET');

  await verdicts.check('tokens.required', async () => {
    await expectAllRefused(trial, calls, 'nobody', 401, 'unauthenticated');
    await expectAllRefused(trial, calls, { session: 'no-token-of-anybody' }, 401, 'unauthenticated');
  });

  await verdicts.check('tokens.write_scope', async () => {
    if (need(approver, 'an approver’s token in DRYDOCK_APPROVER_TOKEN').scopes.includes('migration:write')) throw new NotChecked('The approver’s token may write as well.');
    await expectAllRefused(trial, writing.filter(({ call }) => call.access === 'migration:write'), 'approver', 403, 'insufficient_scope');
  });

  await verdicts.check('tokens.approve_scope', async () => {
    if (session.scopes.includes('migration:approve')) throw new NotChecked('The operator’s token may approve as well.');
    await expectAllRefused(trial, writing.filter(({ call }) => call.access === 'migration:approve'), 'operator', 403, 'insufficient_scope');
  });

  await verdicts.check('tokens.any_scope_reads', async () => {
    const readers = ['operator', ...(approver === undefined ? [] : ['approver' as const]), ...(trial.hasReader ? ['reader' as const] : [])] as const;
    for (const as of readers) {
      await trial.done(endpoints.listMigrations, { as });
      await trial.done(endpoints.listRuns, { as, query: { migration: migration.id } });
      await trial.done(endpoints.listApprovals, { as, params });
      for (const { call, sent } of reading) {
        const answer = await trial.send(call, { ...sent, as });
        expectThat(answer.status !== 401 && answer.status !== 403, `${said(answer)} to the token of the ${as}.`);
      }
    }
  });

  await verdicts.check('tokens.reader_writes_nothing', async () => expectAllRefused(trial, writing, 'reader', 403, 'insufficient_scope'));

  await verdicts.check('tokens.unknown_migration', async () => {
    const unknown = { id: `no-such-migration-${trial.people.mark}` };
    const elsewhere = calls.filter(({ call }) => call.path.includes('{id}') && call.access !== 'migration:approve').map(({ call, sent }) => ({ call, sent: { ...sent, params: { ...sent.params, ...unknown } } }));
    await expectAllRefused(trial, elsewhere, 'operator', 404, 'unknown_migration');
  });

  const migrations = await verdicts.check('flag.shown', async () => {
    const { items } = await trial.done(endpoints.listMigrations);
    expectThat(items.some(({ id, flag }) => id === migration.id && flag.enabled), 'The migration is not listed with its flag on.');
    return items;
  });

  await verdicts.check('flag.off_refuses', async () => {
    const off = need(need(migrations, 'the list of migrations').find(({ flag }) => !flag.enabled), 'another migration of this environment whose flag is off');
    const there = (name: 'dryRun' | 'startTestRun' | 'execute' | 'rollBack') => calls.filter(({ call }) => call.name === name).map(({ call, sent }) => ({ call, sent: { ...sent, params: { id: off.id } } }));
    await expectAllRefused(trial, [...there('dryRun'), ...there('startTestRun'), ...there('execute')], 'operator', 403, 'feature_disabled');
    await trial.done(endpoints.listMembers, { params: { id: off.id }, query: { limit: '1' } });
    // Its person is no member there, so it previews nobody; what it must not be is refused for the flag.
    for (const { call, sent } of there('rollBack')) {
      const answer = await trial.send(call, sent);
      expectThat(answer.status !== 403 && codeOf(answer) !== 'feature_disabled', `${said(answer)}, and a rollback needs no flag.`);
    }
  });
}
