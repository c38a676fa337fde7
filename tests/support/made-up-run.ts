import type { Run } from '../../shared/contract/admin/runs.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { RunItem } from '../../shared/core/run-item.ts';

/** Kinds of runs whose reports differ in what they tell, or in what stands in their cells. */
export const madeUpKinds = ['execution', 'stage', 'rollback', 'dry run', 'test run', 'verification', 'formula cells', 'one row', 'many rows', 'stopped'] as const;
export type MadeUpKind = (typeof madeUpKinds)[number];

export interface MadeUpRun {
  readonly made: { readonly rows: readonly PlanRow[]; readonly items: readonly RunItem[] };
  readonly over: Partial<Run>;
  /** Every text of it that is somebody's: addresses, names, ids, free sentences. */
  readonly personal: readonly string[];
}

const MANY_ROWS = 2_000;
const AT = '2025-08-09T10:00:00.000Z';

/** A run with people and outcomes by `random`, as a server would have it. The same numbers make the same run. */
export function madeUpRun(kind: MadeUpKind, random: () => number): MadeUpRun {
  const count = kind === 'one row' ? 1 : kind === 'many rows' ? MANY_ROWS : 4 + Math.floor(random() * 30);
  const rows = Array.from({ length: count }, (_, index) => rowOf(index + 1, random));
  const settled = (from: readonly PlanRow[], settle: typeof executedItem): RunItem[] => from.map((row, index) => settle(row, index + 1, random, kind === 'formula cells'));
  const personal = rows.flatMap(({ row, email, user_id: id }) => [email, nameOf(row), stripeIdOf(row), ...(id === null ? [] : [id])]);
  const run = (over: Partial<Run>, items: readonly RunItem[], planned: readonly PlanRow[] = rows): MadeUpRun => ({ made: { rows: planned, items }, over: { rows_total: rows.length, rows_done: items.length, ...over }, personal: [...personal, MOVED, '=HYPERLINK("http://evil.example")'] });
  switch (kind) {
    case 'execution':
    case 'one row':
    case 'many rows':
    case 'formula cells':
      return run({}, settled(rows, executedItem));
    case 'stage': {
      const part = rows.slice(0, Math.ceil(rows.length / 4));
      return run({ stage_percent: 25, rows_total: part.length, state: 'completed' }, settled(part, executedItem));
    }
    case 'stopped':
      return run({ state: 'stopped' }, settled(rows.slice(0, Math.ceil(rows.length / 2)), executedItem));
    case 'rollback':
      return run({ kind: 'rollback', state: 'completed', plan_hash: null, source_file: null, preceding_dry_run: null }, settled(rows, revertedItem), []);
    case 'dry run':
      return run({ kind: 'dry_run', state: 'completed', preceding_dry_run: null, rows_done: rows.length }, []);
    case 'test run':
      return run({ kind: 'test_run', state: 'completed', rows_total: 3 }, settled(rows.slice(0, 3), executedItem));
    case 'verification':
      return run({ kind: 'verification', state: 'completed' }, settled(rows, readBackItem));
  }
}

const nameOf = (row: number): string => `Zoë "Q" Quartermaine-${row}`;
const stripeIdOf = (row: number): string => `cus_QuArTeR${String(row).padStart(6, '0')}`;
/** What a customer changed meanwhile. */
const MOVED = 'moved.elsewhere@customers.example';

function rowOf(row: number, random: () => number): PlanRow {
  const isNew = random() < 0.3;
  const isBlocked = random() < 0.05;
  const email = `quartermaine.${row}@customers.example`;
  return {
    row,
    email,
    email_match: isNew ? 'NO_EMAIL_MATCH' : 'MATCH_EMAIL',
    match: isNew ? 'NO_NAME_MATCH' : 'MATCH_EMAIL',
    action: isBlocked ? 'BLOCKED' : isNew ? 'CREATE_NEW' : 'UPDATE_EXISTING',
    user_id: isNew ? null : `5a17d0c5-0000-4000-8000-${String(row).padStart(12, '0')}`,
    changes: [
      { field: 'stripe_customer_id', before: null, after: stripeIdOf(row) },
      ...(isNew ? [{ field: 'full_name', before: null, after: nameOf(row) }, { field: 'emails', before: [], after: [email] }] : []),
    ],
    warnings: [],
    ...(isBlocked ? { reason: `The Stripe id ${stripeIdOf(row)} is linked to somebody else.` } : {}),
    precondition: { users: isNew ? 0 : 1, email },
  };
}

function executedItem(planned: PlanRow, seq: number, random: () => number, hasFormulas: boolean): RunItem {
  const common = commonOf(planned, seq);
  const chance = random();
  if (planned.action === 'BLOCKED') return { ...common, outcome: 'skipped', ...(planned.reason === undefined ? {} : { reason: planned.reason }) };
  if (hasFormulas && chance < 0.5) return { ...common, outcome: 'drifted', planned: { full_name: nameOf(planned.row) }, now: { full_name: `=cmd|' /C calc'!A${planned.row}` }, reason: '=HYPERLINK("http://evil.example")' };
  if (chance < 0.1) return { ...common, outcome: 'failed', code: 'email_taken', message: `<b>${planned.email}</b> belongs to ${nameOf(planned.row)} \u202e`, field: 'emails' };
  if (chance < 0.2) return { ...common, outcome: 'drifted', planned: { emails: [planned.email] }, now: { emails: [MOVED] } };
  if (chance < 0.3) return { ...common, outcome: 'no_change' };
  return { ...common, outcome: 'applied', before: { stripe_customer_id: null, 'auth.must_reset_password': false }, after: { stripe_customer_id: stripeIdOf(planned.row), full_name: nameOf(planned.row), 'auth.must_reset_password': true, 'migration.cohort': '2025-08-09-csv', emails: [planned.email] } };
}

function revertedItem(planned: PlanRow, seq: number, random: () => number): RunItem {
  const common = commonOf(planned, seq);
  const chance = random();
  if (chance < 0.1) return { ...common, outcome: 'nothing_to_revert' };
  if (chance < 0.3) return { ...common, outcome: 'kept_changed_since', planned: { emails: [planned.email] }, now: { emails: [MOVED] } };
  return { ...common, outcome: 'reverted', before: { stripe_customer_id: stripeIdOf(planned.row) }, after: { stripe_customer_id: null } };
}

function readBackItem(planned: PlanRow, seq: number, random: () => number): RunItem {
  const common = commonOf(planned, seq);
  return random() < 0.1 ? { ...common, outcome: 'drifted', planned: { emails: [planned.email] }, now: { emails: [MOVED] } } : { ...common, outcome: 'no_change' };
}

function commonOf({ row, email, user_id }: PlanRow, seq: number) {
  return { seq, row, email, user_id, before: null, after: null, at: AT };
}
