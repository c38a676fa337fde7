import type { Run } from '../../shared/contract/admin/runs.ts';
import type { Snapshot } from '../../shared/contract/admin/verification.ts';
import type { ShownPlanRow } from '../../shared/contract/operator/plans.ts';
import type { LeftOutList } from '../../shared/contract/operator/sources.ts';
import { type CheckWording, rejectWordings, warningWordings } from '../../shared/core/check-codes.ts';
import type { FactValue, Facts } from '../../shared/core/facts.ts';
import { maskEmail, maskValue } from '../../shared/core/mask.ts';
import type { Member } from '../../shared/core/member.ts';
import type { FieldChange } from '../../shared/core/plan-row.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { whyOf } from '../rows/row-kinds.ts';
import type { LeftOutRow } from '../sources.ts';

export type Cell = string | number | boolean | null | undefined;

/** A column of an exported view: what stands above it, and what it says of a row. */
export interface ViewColumn<Row> {
  readonly title: string;
  /** With what is personal masked where that is asked. */
  readonly cell: (row: Row, mask: Mask) => Cell;
}

/** Masks what is personal, or leaves it. */
export type Mask = (text: string) => string;

export const unmasked: Mask = (text) => text;
export const masked: Mask = (text) => (text.includes('@') ? maskEmail(text) : maskValue(text));

function person(text: string | null, mask: Mask): Cell {
  return text === null ? null : mask(text);
}

function factCell(value: FactValue | undefined, mask: Mask): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return String(value);
  const personal = (text: string): string => (text.includes('@') || text.startsWith('cus_') ? mask(text) : text);
  return typeof value === 'string' ? personal(value) : value.map(personal).join(', ');
}

/** Names are facts too, and nothing in their text says so. */
function namedFactCell(name: string, value: FactValue | undefined, mask: Mask): string {
  return name === 'full_name' && typeof value === 'string' ? mask(value) : factCell(value, mask);
}

function factsCell(facts: Facts | null, mask: Mask): Cell {
  return facts === null ? null : Object.entries(facts).map(([name, value]) => `${name}: ${namedFactCell(name, value, mask)}`).join('; ');
}

function changeColumn(field: string, title: string): ViewColumn<ShownPlanRow> {
  return { title, cell: ({ changes }, mask) => changeCell(changes.find((change) => change.field === field), mask) };
}

function changeCell(change: FieldChange | undefined, mask: Mask): Cell {
  if (change === undefined) return null;
  const before = factCell(change.before, mask);
  const after = factCell(change.after, mask);
  return before === '' ? after : `${before} -> ${after}`;
}

export const planRowColumns: readonly ViewColumn<ShownPlanRow>[] = [
  { title: 'Row', cell: ({ row }) => row },
  { title: 'Action', cell: ({ action }) => action },
  { title: 'Match', cell: ({ match }) => match },
  { title: 'People of that name', cell: ({ candidates }) => candidates },
  { title: 'Name', cell: (row, mask) => person(row.full_name, mask) },
  { title: 'E-mail', cell: ({ email }, mask) => mask(email) },
  { title: 'Customer', cell: (row) => row.user_id },
  changeColumn('auth.must_reset_password', 'Must reset password'),
  changeColumn('stripe_customer_id', 'Stripe customer'),
  changeColumn('emails', 'E-mail addresses'),
  changeColumn('migration.cohort', 'Cohort tag'),
  { title: 'Warnings', cell: ({ warnings }) => warnings.join(' ') },
  { title: 'Reason', cell: ({ reason }) => reason },
  { title: 'Decided for the next plan', cell: ({ next }) => next },
];

const wordings: ReadonlyMap<string, CheckWording> = new Map(Object.entries({ ...rejectWordings, ...warningWordings }));

export const leftOutColumns: Readonly<Record<LeftOutList, readonly ViewColumn<LeftOutRow>[]>> = {
  rejected: [
    { title: 'Line', cell: ({ line }) => line },
    { title: 'Row', cell: ({ row }) => row },
    { title: 'Field', cell: (row) => ('field' in row ? row.field : null) },
    { title: 'Value, masked', cell: (row) => ('masked' in row ? row.masked : null) },
    { title: 'Code', cell: (row) => ('code' in row ? row.code : null) },
    { title: 'Reason', cell: (row) => ('code' in row ? wordings.get(row.code)?.reason : null) },
    { title: 'What to do', cell: (row) => ('code' in row ? wordings.get(row.code)?.remedy : null) },
  ],
  duplicates: [
    { title: 'Line', cell: ({ line }) => line },
    { title: 'Row', cell: ({ row }) => row },
    { title: 'Kept line', cell: (row) => ('kept_line' in row ? row.kept_line : null) },
    { title: 'Other values differ', cell: (row) => ('conflicting' in row ? (row.conflicting ? 'yes' : 'no') : null) },
  ],
  warnings: [
    { title: 'Line', cell: ({ line }) => line },
    { title: 'Row', cell: ({ row }) => row },
    { title: 'Field', cell: (row) => ('field' in row ? row.field : null) },
    { title: 'Code', cell: (row) => ('code' in row ? row.code : null) },
    { title: 'What looks risky', cell: (row) => ('code' in row ? wordings.get(row.code)?.reason : null) },
    { title: 'What to do', cell: (row) => ('code' in row ? wordings.get(row.code)?.remedy : null) },
  ],
};

export const itemColumns: readonly ViewColumn<RunItem>[] = [
  { title: 'Seq', cell: ({ seq }) => seq },
  { title: 'Row', cell: ({ row }) => row },
  { title: 'Outcome', cell: ({ outcome }) => outcome },
  { title: 'E-mail', cell: ({ email }, mask) => mask(email) },
  { title: 'Customer', cell: (item) => item.user_id },
  { title: 'Why', cell: whyOf },
  { title: 'Before', cell: ({ before }, mask) => factsCell(before, mask) },
  { title: 'After', cell: ({ after }, mask) => factsCell(after, mask) },
  { title: 'At (UTC)', cell: ({ at }) => at },
];

export const snapshotColumns: readonly ViewColumn<Snapshot>[] = [
  { title: 'E-mail', cell: ({ email }, mask) => mask(email) },
  { title: 'Customer', cell: (snapshot) => snapshot.user_id },
  { title: 'Had a profile', cell: ({ existed }) => (existed ? 'yes' : 'no') },
  { title: 'Before the run', cell: ({ before }, mask) => factsCell(before, mask) },
  { title: 'After the run', cell: (snapshot, mask) => factsCell(snapshot.left_as, mask) },
  { title: 'Put back by run', cell: (snapshot) => snapshot.reverted_by },
  { title: 'Taken (UTC)', cell: (snapshot) => snapshot.taken_at },
];

export const memberColumns: readonly ViewColumn<Member>[] = [
  { title: 'E-mail', cell: ({ email }, mask) => mask(email) },
  { title: 'State', cell: ({ state }) => state },
  { title: 'Customer', cell: (member) => member.user_id },
  { title: 'Stripe customer', cell: (member, mask) => person(member.stripe_customer_id, mask) },
  { title: 'Must reset password', cell: (member) => (member.must_reset_password ? 'yes' : 'no') },
  { title: 'Prepared (UTC)', cell: (member) => member.prepared_at },
  { title: 'Signed in (UTC)', cell: (member) => member.signed_in_at },
  { title: 'Completed (UTC)', cell: (member) => member.completed_at },
  { title: 'Password set (UTC)', cell: (member) => member.password_last_set_at },
  { title: 'Password set by', cell: (member) => member.password_set_method },
];

export const runColumns: readonly ViewColumn<Run>[] = [
  { title: 'Run', cell: (run) => run.run_id },
  { title: 'Kind', cell: ({ kind }) => kind },
  { title: 'State', cell: ({ state }) => state },
  { title: 'Migration', cell: ({ migration }) => migration },
  { title: 'Stage, percent', cell: (run) => run.stage_percent },
  { title: 'Rows done', cell: (run) => run.rows_done },
  { title: 'Rows', cell: (run) => run.rows_total },
  { title: 'File', cell: (run) => run.source_file },
  { title: 'Plan', cell: (run) => run.plan_hash },
  { title: 'Asked by', cell: (run) => run.requested_by },
  { title: 'Begun (UTC)', cell: (run) => run.created_at },
  { title: 'Ended (UTC)', cell: (run) => run.ended_at },
  { title: 'Message', cell: ({ message }) => message },
];
