import { readdirSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { noCounts } from '../../shared/core/run-counts.ts';
import { type TestOperator, openTestOperator, temporaryHome } from '../operator.testing.ts';
import { type StubAdminApi, startStubAdminApi } from '../stub-admin-api.testing.ts';

const at = '2026-01-01T00:00:00Z';
let stub: StubAdminApi;
let home: ReturnType<typeof temporaryHome>;
let here: TestOperator;
let runs: Run[] = [];

function runOf(runId: string, cohort: string | null, over: Partial<Run> = {}): Run {
  return {
    run_id: runId, migration: 'm1', kind: 'execution', state: 'completed', plan_hash: null, cohort, source_file: `file of ${runId}.csv`, requested_by: 'arthur', stage_percent: null,
    counts: noCounts, rows_total: 0, rows_done: 0, rows_per_second: null, seconds_left: null, message: null, preceding_dry_run: null, created_at: at, started_at: at, ended_at: at, ...over,
  };
}

beforeEach(async () => {
  stub = await startStubAdminApi({ listRuns: () => ({ items: runs, next_cursor: null }) });
  home = temporaryHome();
  here = await openTestOperator(home.home);
  await here.client.call('environments.add', { name: 'staging', url: stub.url, token: 'token' });
});
afterEach(async () => {
  await here.operator.close();
  await stub.close();
  home.remove();
});

const keys = (): number => readdirSync(home.home).filter((name) => name.startsWith('secrets-journal-scope-')).length;

it('a list of runs that others did makes one key for the people of each cohort, not one a run, and none when it is shown again', async () => {
  runs = Array.from({ length: 40 }, (_, index) => runOf(`run-${index}`, (index % 2 === 0 ? 'c' : 'd').repeat(64)));
  runs.push(runOf('undo-1', null, { kind: 'rollback' }), runOf('undo-2', null, { kind: 'rollback' }));
  await here.client.call('runs.list', {});
  expect(keys()).toBe(3);
  runs = [runOf('run-later', 'c'.repeat(64)), ...runs];
  await here.client.call('runs.list', {});
  await here.client.call('runs.list', {});
  expect(keys()).toBe(3);
  await stub.close();
  const { items } = await here.client.call('runs.list', {});
  expect(items).toHaveLength(43);
  expect(items.find(({ run }) => run.run_id === 'run-later')?.run).toMatchObject({ requested_by: 'arthur', source_file: 'file of run-later.csv' });
});

it('runs of other people stay readable when those of one cohort are erased, and a later run of the erased has a key of its own', async () => {
  runs = [runOf('run-c', 'c'.repeat(64)), runOf('run-d', 'd'.repeat(64), { migration: 'm2' })];
  await here.client.call('runs.list', {});
  await here.client.call('journal.erase', { run_id: 'run-c' });
  expect(keys()).toBe(1);
  runs = [runOf('run-e', 'c'.repeat(64)), ...runs];
  await here.client.call('runs.list', {});
  await stub.close();
  const { items } = await here.client.call('runs.list', {});
  const who = Object.fromEntries(items.map(({ run }) => [run.run_id, run.requested_by]));
  expect(who).toEqual({ 'run-c': '', 'run-d': 'arthur', 'run-e': 'arthur' });
});

it('a list that is shown again and again makes no key in a journal that takes no more entries', async () => {
  const database = new Database(here.operator.parts.journal.path);
  database.exec("CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT raise(ABORT, 'no room'); END");
  database.close();
  runs = [runOf('run-c', 'c'.repeat(64))];
  for (let poll = 0; poll < 3; poll += 1) await here.client.call('runs.list', {});
  // The write that found out that there is no room had its key already.
  expect(keys()).toBe(1);
});
