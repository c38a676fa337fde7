import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Run } from '../../shared/contract/admin/runs.ts';
import type { ApprovalPolicy } from '../../shared/contract/admin/session.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { type StubAdminApi, startStubAdminApi, stubSession } from '../../operator/stub-admin-api.testing.ts';
import { drydock, temporaryFolder } from '../captured-terminal.testing.ts';

const hash = 'a'.repeat(64);
const cohort = 'c'.repeat(64);
const at = '2026-01-01T00:00:00Z';
const production: ApprovalPolicy = { ...stubSession.policy, approve_before_test_run: true, typed_confirmation: true };

function row(number: number, match: PlanRow['match'], action: PlanRow['action']): PlanRow {
  const isByName = match === 'MATCH_NAME_UNIQUE';
  return { row: number, email: `p${number}@example.com`, email_match: 'NO_EMAIL_MATCH', match, action, user_id: `u${number}`, changes: [], warnings: isByName ? ['name_only_match'] : [], precondition: {} };
}

function runOf(kind: Run['kind'], state: Run['state'] = 'completed'): Run {
  return {
    run_id: `${kind}-1`, migration: 'm1', kind, state, plan_hash: hash, cohort, source_file: 'people.csv', requested_by: 'olga', stage_percent: null,
    counts: { applied: 0, no_change: 0, skipped: 0, drifted: 0, failed: 0, reverted: 0, kept_changed_since: 0, nothing_to_revert: 0 },
    rows_total: 4, rows_done: 0, rows_per_second: null, seconds_left: null, message: null, preceding_dry_run: null, created_at: at, started_at: at, ended_at: null,
  };
}

let stub: StubAdminApi;
let rows: readonly PlanRow[];
let runs: readonly Run[];
let policy: ApprovalPolicy;
beforeEach(async () => {
  rows = [row(1, 'MATCH_EMAIL', 'UPDATE_EXISTING'), row(2, 'MATCH_NAME_UNIQUE', 'UPDATE_EXISTING'), row(3, 'MATCH_NAME_UNIQUE', 'UPDATE_EXISTING'), row(4, 'MATCH_NAME_UNIQUE', 'SKIP')];
  runs = [runOf('dry_run')];
  policy = stubSession.policy;
  stub = await startStubAdminApi({
    getSession: () => ({ ...stubSession, policy }),
    listPlanRows: () => ({ items: [...rows], next_cursor: null }),
    listRuns: () => ({ items: [...runs], next_cursor: null }),
    listMigrations: () => ({
      items: [{ id: 'm1', playbook: 'account-prep', playbook_version: '1', title: 'm1', flag: { name: 'f', enabled: true }, settings: { cohort_tag: 'm1-csv' }, bound_cohort: null, progress: { prepared: 0, signed_in: 0, completed: 0 } }],
      next_cursor: null,
    }),
    decideApproval: () => ({ approval_id: 'approval-1', plan_hash: hash, decision: 'approve', comment: '', sub: 'olga', decided_at: at, expires_at: at, state: 'valid' }),
  });
});
afterEach(() => stub.close());

async function nextCommand(): Promise<string | undefined> {
  const env = { DRYDOCK_HOME: temporaryFolder(), DRYDOCK_TOKEN: 'token' };
  await drydock(['env', 'add', 'staging', '--url', stub.url], { env });
  const ended = await drydock(['approve', hash, '--migration', 'm1'], { env });
  expect(ended.exitCode, ended.stderr).toBe(0);
  return /^Next: drydock (.*)$/m.exec(ended.stdout)?.[1];
}

it('names the execution with the number of matches by name alone that would be written', async () => {
  expect(await nextCommand()).toBe(`execute ${hash} --ack-name-matches 2`);
  rows = [row(1, 'MATCH_EMAIL', 'UPDATE_EXISTING'), row(4, 'MATCH_NAME_UNIQUE', 'SKIP')];
  expect(await nextCommand()).toBe(`execute ${hash}`);
});

it('names the tag that production wants typed, and the test run where that waited for the approval', async () => {
  policy = production;
  expect(await nextCommand()).toBe(`test-run ${hash} --validate --ack-name-matches 1`);
  runs = [runOf('dry_run'), runOf('test_run', 'failed')];
  expect(await nextCommand()).toBe(`test-run ${hash} --validate --ack-name-matches 1`);
  runs = [runOf('dry_run'), runOf('test_run')];
  expect(await nextCommand()).toBe(`execute ${hash} --ack-name-matches 2 --confirm m1-csv`);
});
