import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { planRowSchema, type PlanRow } from '../../shared/core/plan-row.ts';
import { newTestDatabase } from '../../tests/support/test-database.ts';
import type { Engine, Script } from '../store/engine.ts';
import { openEngine } from '../store/open-store.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations.ts';

const COHORT = 'c'.repeat(64);
const hashes = ['a'.repeat(64), 'b'.repeat(64)];
const runId = '00000000-0000-4000-8000-000000000001';
const base: Pick<PlanRow, 'email_match' | 'user_id' | 'changes' | 'warnings' | 'precondition'> = { email_match: 'NO_EMAIL_MATCH', user_id: null, changes: [], warnings: [], precondition: {} };
const rows: readonly PlanRow[] = [
  { ...base, row: 1, email: 'a@x.org', match: 'MATCH_NAME_UNIQUE', action: 'UPDATE_EXISTING', user_id: '00000000-0000-4000-8000-00000000000a', warnings: ['name_only_match'], precondition: { role: 'customer', 'auth.must_reset_password': false, emails: ['z@x.org', 'y@x.org'] } },
  { ...base, row: 2, email: 'b@x.org', match: 'NAME_AMBIGUOUS', candidates: 12, action: 'CREATE_NEW', changes: [{ field: 'migration.source_file', before: null, after: 'Zoë "\\\u0001\t\u2028/\u{1f600}.csv' }] },
  { ...base, row: 3, email: 'c@x.org', match: 'NO_NAME_MATCH', action: 'BLOCKED', warnings: ['stripe_id_linked_elsewhere'], reason: 'Taken.' },
  { ...base, row: 4, email: 'd@x.org', match: 'NO_NAME_MATCH', action: 'BLOCKED', warnings: ['stripe_id_linked_elsewhere'], reason: 'Taken too.' },
];

/** A database as the release before had it, with two plans of one cohort, and a run that acknowledged a row of one. */
async function fillBefore(run: Script): Promise<void> {
  await run(`insert into feature_flags (name) values ('f')`);
  await run(`insert into migrations (id, playbook, title, flag, cohort_tag) values ('m', 'account-prep', 'M', 'f', 't')`);
  await run(`insert into cohorts (sha256, record_count) values ('${COHORT}', 4)`);
  for (const row of rows) await run('insert into cohort_members (cohort, row_no, key, record) values ($1, $2, $3, $4)', [COHORT, row.row, row.email, '{}']);
  for (const hash of hashes) {
    await run(`insert into plans (plan_hash, migration_id, playbook_version, cohort, row_count, summary) values ($1, 'm', '1', $2, 4, '{}')`, [hash, COHORT]);
    for (const row of rows) {
      await run('insert into plan_rows (plan_hash, cohort, row_no, key, email_match, match, action, user_id, warnings, row) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
        hash, COHORT, row.row, row.email, row.email_match, row.match, row.action, row.user_id, row.warnings, JSON.stringify(row),
      ]);
    }
  }
  await run(`insert into runs (id, migration_id, kind, plan_hash, cohort, state, requested_by) values ('${runId}', 'm', 'execution', '${hashes[1] ?? ''}', '${COHORT}', 'running', 'x')`);
  await run(`insert into acknowledgements (run_id, plan_hash, key, acknowledged_by) values ('${runId}', '${hashes[1] ?? ''}', 'a@x.org', 'x')`);
}

describe('plans of the release before', () => {
  let engine: Engine;
  const asLogin = async (text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]> => engine.withConnection('login', async (run) => run(text, values));
  beforeAll(async () => {
    const location = await newTestDatabase();
    engine = await openEngine(location.kind === 'pglite' ? { kind: 'pglite' } : location);
    await engine.withConnection('login', async (run) => {
      await migrate(run, migrations.slice(0, migrations.findIndex(({ name }) => name === 'numbered-plans')));
      await run('reset role');
      await fillBefore(run);
      await migrate(run, migrations);
    });
  });
  afterAll(async () => engine.close());

  it('keep every row, in order, as the canonical text that is hashed', async () => {
    for (const hash of hashes) {
      const kept = await asLogin('select p.row from plans h join plan_rows p using (plan_no) where h.plan_hash = $1 order by p.row_no', [hash]);
      expect(kept.map(({ row }) => row)).toEqual(rows.map((row) => canonicalJson(planRowSchema.parse(row))));
    }
  });

  it('keep what rows have in common, counted', async () => {
    const kinds = await asLogin('select k.match, k.action, k.warnings, k.row_count::int as count from plans h join plan_kinds k using (plan_no) where h.plan_hash = $1 order by k.match', [hashes[0]]);
    expect(kinds).toEqual([
      { match: 'MATCH_NAME_UNIQUE', action: 'UPDATE_EXISTING', warnings: ['name_only_match'], count: 1 },
      { match: 'NAME_AMBIGUOUS', action: 'CREATE_NEW', warnings: [], count: 1 },
      { match: 'NO_NAME_MATCH', action: 'BLOCKED', warnings: ['stripe_id_linked_elsewhere'], count: 2 },
    ]);
  });

  it('keep who acknowledged which row', async () => {
    const kept = await asLogin('select a.key, a.row_no::int as row, h.plan_hash from acknowledgements a join plans h using (plan_no)');
    expect(kept).toEqual([{ key: 'a@x.org', row: 1, plan_hash: hashes[1] }]);
  });

  it('are followed by new ones under numbers of their own', async () => {
    const [next] = await asLogin('insert into plan_bodies default values returning plan_no::int as no');
    expect(next).toEqual({ no: 3 });
  });

  it('let their runs write whom they wrote before, and nobody else', async () => {
    const inside = rows[0]?.user_id;
    const refuse = async (userId: unknown): Promise<string> => {
      const attempt = engine.withConnection('login', async (run) => {
        await run('begin');
        await run('set local role drydock_runner');
        await run(`select set_config('drydock.run_id', $1, true)`, [runId]);
        await run('select drydock_refuse_outside_plan(array[$1::uuid])', [userId]);
        await run('rollback');
      });
      return attempt.then(() => 'allowed', (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'failed'));
    };
    expect(await refuse(inside)).toBe('allowed');
    expect(await refuse('00000000-0000-4000-8000-00000000000b')).toBe('DD002');
  });
});
