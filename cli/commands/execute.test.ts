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
let current = run;
beforeEach(async () => {
  watched = 0;
  current = run;
  stub = await startStubAdminApi({
    listPlanRows: () => ({ items: [{ row: 1, email: 'ann@example.com', email_match: 'MATCH_EMAIL', match: 'MATCH_EMAIL', action: 'UPDATE_EXISTING', user_id: 'u1', changes: [], warnings: [], precondition: {} }], next_cursor: null }),
    listRuns: () => ({ items: [run], next_cursor: null }),
    execute: () => ({ run_id: 'run-1' }),
    getRun: () => current,
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

it('begins nothing when it is interrupted while it looks the plan up', async () => {
  const env = { DRYDOCK_HOME: temporaryFolder(), DRYDOCK_TOKEN: 'token' };
  await drydock(['env', 'add', 'staging', '--url', stub.url], { env });
  const stop = new AbortController();
  const rows = stub.answers.listPlanRows;
  stub.answers.listPlanRows = (request) => {
    stop.abort(new Error('interrupted'));
    return rows?.(request) ?? 'cut';
  };
  const ended = await drydock(['execute', hash, '--migration', 'm1', '--json'], { env, interrupted: stop.signal });
  expect(ended.exitCode).toBe(130);
  expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'interrupted', detail: 'Nothing was begun.' } });
  // Another command on the same home: whatever the first one still had to say to the server has been said.
  await drydock(['runs'], { env });
  expect(stub.callsOf('execute')).toEqual([]);
});

it.each([
  ['the feature flag was found off', 'The feature flag was off before the next batch.'],
  ['it was paused', 'The batch that was in flight has ended.'],
])('ends with 3 where the run stands paused half way, and says what holds it (%s) and how it goes on', async (holds, message) => {
  current = { ...run, state: 'paused', message, rows_total: 3, rows_done: 1, counts: { ...run.counts, applied: 1 } };
  const env = { DRYDOCK_HOME: temporaryFolder(), DRYDOCK_TOKEN: 'token' };
  await drydock(['env', 'add', 'staging', '--url', stub.url], { env });
  const ended = await drydock(['execute', hash, '--migration', 'm1'], { env });
  expect(ended.exitCode).toBe(3);
  expect(ended.stdout).toContain(`It is not done: ${holds}`);
  expect(ended.stdout).toContain('drydock resume run-1');
  expect((await drydock(['execute', hash, '--migration', 'm1', '--json'], { env })).exitCode).toBe(3);
});

it.each([
  [25, true],
  [100, false],
  [null, false],
])('names the stages that are left after a stage of %s %% (%s)', async (percent, isNamed) => {
  current = { ...run, state: 'completed', stage_percent: percent, rows_total: 1, rows_done: 1, counts: { ...run.counts, applied: 1 } };
  const env = { DRYDOCK_HOME: temporaryFolder(), DRYDOCK_TOKEN: 'token' };
  await drydock(['env', 'add', 'staging', '--url', stub.url], { env });
  const { stdout } = await drydock(['status', 'run-1'], { env });
  expect(stdout.includes(`This was 25 % of the plan. The next stage: drydock execute ${hash} --stage N%`)).toBe(isNamed);
});
