import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import type { Trial } from '../trial.ts';
import { expectThat, need, NotChecked } from '../verdicts.ts';

const NO_SUCH_HASH = '0'.repeat(64);

/** Who may call what (A17), and what the flag closes (A15). */
export async function checkTokens(trial: Trial): Promise<void> {
  const { verdicts, migration, session, approver } = trial;
  const params = { id: migration.id };

  await verdicts.check('tokens.required', async () => {
    await trial.refused(endpoints.getSession, { as: 'nobody' }, 401, ['unauthenticated']);
    await trial.refused(endpoints.listRuns, { as: { session: 'no-token-of-anybody' } }, 401, ['unauthenticated']);
    await trial.refused(endpoints.dryRun, { params, body: {}, as: 'nobody' }, 401, ['unauthenticated']);
  });

  await verdicts.check('tokens.write_scope', async () => {
    if (need(approver, 'an approver’s token in DRYDOCK_APPROVER_TOKEN').scopes.includes('migration:write')) throw new NotChecked('The approver’s token may write as well.');
    await trial.refused(endpoints.dryRun, { params, body: {}, as: 'approver' }, 403, ['insufficient_scope']);
    await trial.refused(endpoints.execute, { params, body: { plan_hash: NO_SUCH_HASH }, as: 'approver' }, 403, ['insufficient_scope']);
  });

  await verdicts.check('tokens.approve_scope', async () => {
    if (session.scopes.includes('migration:approve')) throw new NotChecked('The operator’s token may approve as well.');
    await trial.refused(endpoints.decideApproval, { params, body: { plan_hash: NO_SUCH_HASH, decision: 'approve', comment: '' } }, 403, ['insufficient_scope']);
  });

  await verdicts.check('tokens.any_scope_reads', async () => {
    const readers = ['operator', ...(approver === undefined ? [] : ['approver' as const]), ...(trial.hasReader ? ['reader' as const] : [])] as const;
    for (const as of readers) {
      await trial.done(endpoints.listMigrations, { as });
      await trial.done(endpoints.listRuns, { as, query: { migration: migration.id } });
      await trial.done(endpoints.listApprovals, { as, params });
    }
  });

  await verdicts.check('tokens.reader_writes_nothing', async () => {
    for (const call of [endpoints.dryRun, endpoints.startTestRun, endpoints.decideApproval, endpoints.execute]) {
      await trial.refused(call, { params, body: {}, as: 'reader' }, 403, ['insufficient_scope']);
    }
  });

  await verdicts.check('tokens.unknown_migration', async () => {
    const unknown = { id: `no-such-migration-${trial.people.mark}` };
    await trial.refused(endpoints.dryRun, { params: unknown, body: {} }, 404, ['unknown_migration']);
    await trial.refused(endpoints.listMembers, { params: unknown }, 404, ['unknown_migration']);
  });

  const migrations = await verdicts.check('flag.shown', async () => {
    const { items } = await trial.done(endpoints.listMigrations);
    expectThat(items.some(({ id, flag }) => id === migration.id && flag.enabled), 'The migration is not listed with its flag on.');
    return items;
  });

  await verdicts.check('flag.off_refuses', async () => {
    const off = need(need(migrations, 'the list of migrations').find(({ flag }) => !flag.enabled), 'another migration of this environment whose flag is off');
    const body = { source_file: 'conformance.csv', source_sha256: NO_SUCH_HASH, records: [trial.people.outsider] };
    await trial.refused(endpoints.dryRun, { params: { id: off.id }, body }, 403, ['feature_disabled']);
    await trial.done(endpoints.listMembers, { params: { id: off.id }, query: { limit: '1' } });
  });
}
