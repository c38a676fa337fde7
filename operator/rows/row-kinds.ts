import type { z } from 'zod';
import type { Snapshot } from '../../shared/contract/admin/verification.ts';
import type { duplicateSchema, rejectedSchema, warningSchema } from '../../shared/contract/operator/sources.ts';
import { fileErrorWordings, rejectWordings, warningWordings } from '../../shared/core/check-codes.ts';
import type { FactValue } from '../../shared/core/facts.ts';
import { nameKey } from '../../shared/core/person-name.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { RunItem } from '../../shared/core/run-item.ts';

/** A plan row beside the name in the file. */
export type NamedPlanRow = PlanRow & { readonly full_name: string | null };

/** What a column is sorted and filtered by: a number, a text in its folded form, or null, which comes last either way. */
export type ColumnKey = string | number | null;

/** How rows of one kind are filtered, searched and sorted. Rows of a list stand in the order in which they came. */
export interface RowKind<Row> {
  readonly columns: Readonly<Record<string, (row: Row) => ColumnKey>>;
  /** The column that the order of coming already is. */
  readonly order: string;
  /** What a search looks in. */
  readonly searched: (row: Row) => readonly string[];
  /** Of what a row may have several. */
  readonly tags: (row: Row) => readonly string[];
}

/** The form in which texts are compared, the same on every machine: NFC, lower case, white space collapsed; by code points. */
export function foldedText(text: string): string {
  return PLAIN.test(text) ? text : nameKey(text);
}

/** What folding leaves as it is. */
const PLAIN = /^[a-z0-9_@.+-]+$/;

const none = (): readonly string[] => [];

function textOf(text: string | null | undefined): ColumnKey {
  return text === null || text === undefined || text === '' ? null : foldedText(text);
}

function valueOf(value: FactValue | undefined): ColumnKey {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return textOf(typeof value === 'string' ? value : value.join(', '));
}

function changeTo(field: string): (row: NamedPlanRow) => ColumnKey {
  return (row) => valueOf(row.changes.find((change) => change.field === field)?.after);
}

/** The addresses that a row adds, without those that were there. */
function addressesAdded(row: NamedPlanRow): ColumnKey {
  const change = row.changes.find(({ field }) => field === 'emails');
  if (change === undefined || !Array.isArray(change.after)) return null;
  const had: readonly unknown[] = Array.isArray(change.before) ? change.before : [];
  return textOf(change.after.filter((address) => !had.includes(address)).join(', '));
}

const planRow: RowKind<NamedPlanRow> = {
  columns: {
    row: ({ row }) => row,
    action: ({ action }) => textOf(action),
    match: ({ match }) => textOf(match),
    name: (row) => textOf(row.full_name),
    email: ({ email }) => textOf(email),
    must_reset: changeTo('auth.must_reset_password'),
    stripe_customer: changeTo('stripe_customer_id'),
    address_added: addressesAdded,
    cohort_tag: changeTo('migration.cohort'),
    warnings: ({ warnings }) => warnings.length,
  },
  order: 'row',
  searched: (row) => [row.email, row.full_name ?? ''],
  tags: ({ warnings }) => warnings,
};

/** What is said of a code to people. */
function wordingOf(code: string): { readonly reason: string; readonly remedy: string } {
  return wordings.get(code) ?? { reason: code, remedy: '' };
}

const wordings = new Map(Object.entries({ ...rejectWordings, ...warningWordings, ...fileErrorWordings }));

const rejected: RowKind<z.infer<typeof rejectedSchema>> = {
  columns: {
    line: ({ line }) => line,
    field: ({ field }) => textOf(field),
    value: ({ masked }) => textOf(masked),
    code: ({ code }) => textOf(code),
    reason: ({ code }) => textOf(wordingOf(code).reason),
    remedy: ({ code }) => textOf(wordingOf(code).remedy),
  },
  order: 'line',
  searched: ({ line, field, masked, code }) => [String(line), field ?? '', masked, wordingOf(code).reason],
  tags: none,
};

const duplicate: RowKind<z.infer<typeof duplicateSchema>> = {
  columns: {
    line: ({ line }) => line,
    kept_line: (row) => row.kept_line,
    code: ({ conflicting }) => (conflicting ? 'conflicting' : 'same'),
  },
  order: 'line',
  searched: (row) => [String(row.line), String(row.kept_line)],
  tags: none,
};

const warning: RowKind<z.infer<typeof warningSchema>> = {
  columns: {
    line: ({ line }) => line,
    field: ({ field }) => textOf(field),
    code: ({ code }) => textOf(code),
    reason: ({ code }) => textOf(wordingOf(code).reason),
    remedy: ({ code }) => textOf(wordingOf(code).remedy),
  },
  order: 'line',
  searched: ({ line, field, code }) => [String(line), field ?? '', wordingOf(code).reason],
  tags: none,
};

/** Why an item came out as it did, as it is shown. */
export function whyOf(item: RunItem): string {
  return item.outcome === 'failed' ? item.message : (item.reason ?? '');
}

const item: RowKind<RunItem> = {
  columns: {
    seq: ({ seq }) => seq,
    row: ({ row }) => row,
    outcome: ({ outcome }) => textOf(outcome),
    email: ({ email }) => textOf(email),
    why: (row) => textOf(whyOf(row)),
    at: ({ at }) => at,
  },
  order: 'seq',
  searched: (row) => [row.email, whyOf(row)],
  tags: none,
};

const snapshot: RowKind<Snapshot> = {
  columns: {
    email: ({ email }) => textOf(email),
    before: ({ before }) => (before === null ? null : textOf(Object.entries(before).map(([name, value]) => `${name}: ${String(valueOf(value) ?? '')}`).join(', '))),
    reverted: (row) => (row.reverted_by === null ? 0 : 1),
    at: (row) => row.taken_at,
  },
  order: 'place',
  searched: ({ email }) => [email],
  tags: none,
};

export const rowKinds = { plan_row: planRow, rejected, duplicate, warning, item, snapshot } as const;
export type RowKindName = keyof typeof rowKinds;
export type RowOf<Name extends RowKindName> = (typeof rowKinds)[Name] extends RowKind<infer Row> ? Row : never;

/** A kind by its name, where its rows come without their type: from another thread. */
export function rowKindNamed(name: RowKindName): RowKind<unknown> {
  return rowKinds[name] as unknown as RowKind<unknown>;
}
