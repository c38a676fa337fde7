import type { WindowEvent } from '../../shared/contract/window/events.ts';
import type { Approval } from '../../shared/contract/admin/approvals.ts';
import type { Run } from '../../shared/contract/admin/runs.ts';
import type { AdminSession, EnvironmentKind } from '../../shared/contract/admin/session.ts';
import type { ProcedureOutput } from '../../shared/contract/operator/dispatch.ts';
import type { AddressCheck, TokenDescription } from '../../shared/contract/operator/environments.ts';
import type { NextDecision, Plan, ShownPlanRow } from '../../shared/contract/operator/plans.ts';
import type { BroughtReport, ListedReport } from '../../shared/contract/operator/reports.ts';
import type { CheckSummary } from '../../shared/contract/operator/sources.ts';
import type { TestMember } from '../../shared/contract/admin/test-run.ts';
import type { Decision } from '../../shared/core/decisions.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import type { RunState } from '../../shared/core/run-state.ts';
import { fakePlanRows, fakeSummary } from './fake-cohort.ts';

export const MIGRATION = '2025-08-09';
export const FAKE_NOW = '2026-11-20T10:02:11.000Z';
export const hashOf = (digit: string): string => `${digit}7f3a81bc04d2e9`.padEnd(64, '0123456789abcdef');

/** A made-up operator's memory. Tests set it up and look at it. */
export interface FakeWorld {
  /** What the token allows; reading and writing unless set. */
  scopes?: AdminSession['scopes'];
  /** What differs of its token's description. */
  token?: Partial<TokenDescription>;
  /** What an address turns out to be; an admin API unless set. */
  address?: Omit<AddressCheck, 'url'>;
  environment: { readonly name: string; readonly kind: EnvironmentKind } | null;
  reachable: boolean;
  source: CheckSummary | null;
  plan: Plan | null;
  rows: readonly ShownPlanRow[];
  /** Decided for the next plan, by row. */
  readonly pending: Map<number, NextDecision>;
  /** How far the plan's rows have come; all of them unless set. */
  rowsProgress?: ProcedureOutput<'plans.getProgress'>;
  members: readonly TestMember[];
  testSteps: number;
  validating: boolean;
  approvals: readonly Approval[];
  execution: { readonly state: RunState; readonly done: number; readonly total: number; readonly percent: number | null } | null;
  reports: readonly ListedReport[];
  /** What came of the last verification of a report. */
  verdict: 'passed' | 'incomplete' | 'failed';
  brought: readonly BroughtReport[];
  /** Whether decisions and gates of a run are in the journal. */
  isMirrored: boolean;
  isErased: boolean;
  journal: 'whole' | 'being_checked' | 'damaged';
  /** Answer of the next call of a name: a problem instead of its reply. */
  readonly problems: Map<string, { code: string; title: string; detail: string; request_id: string | null }>;
  /** Verifications of the execution, newest first. */
  verifications: readonly { readonly run: Run; readonly items: readonly RunItem[] }[];
  rollback: { readonly items: readonly RunItem[]; readonly done: number } | null;
  putBack: ReadonlySet<string>;
  isFlagOff: boolean;
  /** Tells the window something as the app around it would; undefined until the window listens. */
  tell?: (event: WindowEvent) => void;
  /** Every call, in order. */
  readonly calls: { readonly name: string; readonly input: unknown }[];
}

/** How far along the way a made-up operator begins. */
export type FakeStage = 'first_start' | 'connected' | 'checked' | 'refused' | 'planned' | 'tested' | 'approved' | 'executing' | 'executed' | 'reported' | 'offline';

const order: readonly FakeStage[] = ['first_start', 'connected', 'checked', 'planned', 'tested', 'approved', 'executing', 'executed', 'reported'];

/** A world at a stage, with a plan of `rowCount` rows. */
export function fakeWorld(stage: FakeStage, kind: EnvironmentKind = 'practice', rowCount = 57): FakeWorld {
  const reached = (wanted: FakeStage): boolean => order.indexOf(stage) >= order.indexOf(wanted);
  const world: FakeWorld = {
    environment: stage === 'first_start' ? null : { name: kind, kind },
    reachable: stage !== 'offline',
    source: stage === 'refused' ? refusedSource : reached('checked') ? fakeSource : null,
    plan: null,
    rows: [],
    pending: new Map(),
    members: [],
    testSteps: 6,
    validating: false,
    approvals: reached('approved') ? [approval] : [],
    execution: reached('executed') ? { state: 'completed', done: rowCount, total: rowCount, percent: null } : reached('executing') ? { state: 'running', done: Math.floor(rowCount * 0.4), total: rowCount, percent: null } : null,
    reports: reached('reported') ? [fakeReport] : [],
    verdict: 'passed',
    brought: [],
    isMirrored: true,
    isErased: false,
    journal: 'whole',
    verifications: [],
    rollback: null,
    putBack: new Set(),
    isFlagOff: false,
    problems: new Map(),
    calls: [],
  };
  if (reached('planned')) planWith(world, [], rowCount);
  if (reached('tested')) world.members = fakeMembers(world, 6);
  return world;
}

/** Plans: rows and summary follow the decisions, and so does the hash. */
export function planWith(world: FakeWorld, decisions: readonly Decision[], rowCount: number): Plan {
  const rows = fakePlanRows(rowCount, new Map(decisions.map((decision) => [decision.email, decision.as])));
  const plan: Plan = {
    environment: world.environment?.name ?? '',
    migration: MIGRATION,
    run_id: `run_dry_${decisions.length}`,
    plan_hash: hashOf(String(decisions.length % 10)),
    cohort: hashOf('c'),
    source_file: fakeSource.file,
    source_sha256: fakeSource.sha256,
    source_id: fakeSource.source_id,
    only: null,
    decided: { skip: decisions.filter(({ as }) => as === 'skip').length, create: decisions.filter(({ as }) => as === 'create').length },
    summary: fakeSummary(rows),
    planned_at: FAKE_NOW,
  };
  world.rows = rows;
  world.plan = plan;
  world.pending.clear();
  return plan;
}

/** Somebody else's plan, which the server has: this operator's own way stays without one. */
export function planOfAnother(world: FakeWorld): Plan {
  const plan = planWith(world, [], 57);
  world.plan = null;
  return plan;
}

export function fakeMembers(world: FakeWorld, steps: number): readonly TestMember[] {
  const pick = (kind: TestMember['kind'], row: ShownPlanRow | undefined): TestMember[] => {
    if (row === undefined) return [];
    const seen = (place: number) => (steps >= place ? FAKE_NOW : undefined);
    const times = { prepared: seen(1), signed_in: seen(2), held_at_reset: seen(3), password_set: seen(4), event_recorded: seen(5), restored: seen(6) };
    return [
      {
        email: row.email,
        kind,
        prepared: steps >= 1,
        signed_in: steps >= 2,
        held_at_reset: steps >= 3,
        password_set: steps >= 4,
        event_recorded: steps >= 5,
        restored: steps >= 6,
        seen_at: Object.fromEntries(Object.entries(times).filter(([, at]) => at !== undefined)),
        kept_changed_since: false,
      },
    ];
  };
  return [
    ...pick('email_match', world.rows.find((row) => row.match === 'MATCH_EMAIL' && row.action === 'UPDATE_EXISTING')),
    ...pick('name_match', world.rows.find((row) => row.match === 'MATCH_NAME_UNIQUE' && row.action === 'UPDATE_EXISTING')),
    ...pick('new_profile', world.rows.find((row) => row.action === 'CREATE_NEW')),
  ];
}

export function fakeSession(world: FakeWorld): AdminSession {
  const kind = world.environment?.kind ?? 'practice';
  return {
    sub: kind === 'practice' ? 'practice-operator' : 'kim.meyer@example.com',
    scopes: world.scopes ?? ['migration:read', 'migration:write'],
    expires_at: '2026-12-31T18:00:00.000Z',
    environment: { id: `env-${kind}`, name: kind, kind },
    policy: { approvals_required: 1, requester_may_approve: false, approve_before_test_run: kind === 'production', approval_valid_hours: 72, plan_stale_share: 0.05, rollback_approval_above: 10, typed_confirmation: kind === 'production' },
    receipt_public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake',
  };
}

export const approval: Approval = { approval_id: 'ap_1', plan_hash: hashOf('0'), sub: 'practice-approver', decision: 'approve', comment: 'Compared with the ticket.', decided_at: FAKE_NOW, expires_at: '2026-11-23T10:02:11.000Z', state: 'valid' };

export const fakeSource: CheckSummary = {
  source_id: 'src_1',
  file: 'account-prep-60.csv',
  sha256: hashOf('a'),
  bytes: 4312,
  encoding: 'utf-8',
  delimiter: ',',
  columns: { full_name: 'Customer Name', email: 'Customer Email', stripe_customer_id: 'Stripe_Customer_ID', signup_date: 'Signup Date' },
  ignored_columns: ['Notes'],
  headers: [
    { header: 'Customer Name', samples: ['Aldana Ruiz', 'Bea Thornton', 'Chidi Okafor'] },
    { header: 'Customer Email', samples: ['aldana.ruiz@example.com', 'bea.thornton@example.com', 'chidi@example.com'] },
    { header: 'Stripe_Customer_ID', samples: ['cus_QX6NB1', 'cus_QX7TT2', 'cus_QX8KL3'] },
    { header: 'Signup Date', samples: ['2021-04-02', '2022-11-19'] },
    { header: 'Notes', samples: ['vip'] },
  ],
  rows: 60,
  accepted: 57,
  blank: 0,
  rejected_count: 2,
  duplicate_count: 1,
  warning_count: 1,
  cohort: hashOf('c'),
  file_error: null,
};

export const refusedSource: CheckSummary = {
  ...fakeSource,
  source_id: 'src_bad',
  file: 'export.csv',
  columns: { full_name: 'Customer Name' },
  ignored_columns: [],
  rows: 0,
  accepted: 0,
  rejected_count: 0,
  duplicate_count: 0,
  warning_count: 0,
  cohort: null,
  file_error: { code: 'missing_column', line: 1, detail: 'No column was found for: email, stripe_customer_id.' },
};

export const fakeReport: ListedReport = {
  report_id: 'rep_1',
  run_id: 'run_exec',
  folder: '/home/kim/.local/share/drydock/reports/run_exec',
  zip: '/home/kim/.local/share/drydock/reports/run_exec.zip',
  files: ['report.json', 'report.html', 'results.csv', 'rejects.csv', 'journal.jsonl', 'receipt.json', 'receipt.json.sig', 'MANIFEST.sha256', 'MANIFEST.sha256.sig', 'VERIFY.txt'].map((name, index) => ({ name, bytes: 1200 * (index + 1) })),
  redacted: false,
  exported_at: FAKE_NOW,
  left_out: ['report.pdf: nothing here can print it.'],
  verification: null,
};

/** A stage by its name; `connected` for any other. */
export function fakeStageOf(name: string | null): FakeStage {
  const stages: readonly FakeStage[] = [...order, 'refused', 'offline'];
  return stages.find((stage) => stage === name) ?? 'connected';
}
