import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { type StubAdminApi, startStubAdminApi } from '../../operator/stub-admin-api.testing.ts';
import { drydock, temporaryFolder } from '../captured-terminal.testing.ts';

const hash = 'a'.repeat(64);
const at = '2026-01-01T00:00:00Z';
const run: Run = {
  run_id: 'run-1', migration: 'm1', kind: 'execution', state: 'running', plan_hash: hash, cohort: hash, source_file: 'people.csv', requested_by: 'olga', stage_percent: null,
  counts: { applied: 0, no_change: 0, skipped: 0, drifted: 0, failed: 0, reverted: 0, kept_changed_since: 0, nothing_to_revert: 0 },
  rows_total: 1, rows_done: 0, rows_per_second: null, seconds_left: null, message: null, preceding_dry_run: null, created_at: at, started_at: at, ended_at: null,
};

let stub: StubAdminApi;
let watched = 0;
beforeEach(async () => {
  watched = 0;
  stub = await startStubAdminApi({
    listPlanRows: () => ({ items: [{ row: 1, email: 'ann@example.com', email_match: 'MATCH_EMAIL', match: 'MATCH_EMAIL', action: 'UPDATE_EXISTING', user_id: 'u1', changes: [], warnings: [], precondition: {} }], next_cursor: null }),
    listRuns: () => ({ items: [run], next_cursor: null }),
    execute: () => ({ run_id: 'run-1' }),
    getRun: () => run,
    listRunItems: () => {
      watched += 1;
      return watched < 3 ? { items: [], next_cursor: '0', state: 'running' } : { refuse: 'unauthenticated', status: 401 };
    },
  });
});
afterEach(() => stub.close());

it('says that a run goes on when the token ends while it is watched', async () => {
  const env = { DRYDOCK_HOME: temporaryFolder(), DRYDOCK_TOKEN: 'token' };
  await drydock(['env', 'add', 'staging', '--url', stub.url], { env });
  const ended = await drydock(['execute', hash, '--migration', 'm1', '--json'], { env });
  expect(ended.exitCode).toBe(1);
  expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'unauthenticated', detail: expect.stringContaining('Run run-1 goes on') as string } });
});
