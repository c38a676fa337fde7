import { z } from 'zod';
import type { PlanRow } from './plan-row.ts';

/** The three kinds of rows that a test run tries, one of each that the plan has (A14). */
export const testRowKindSchema = z.enum(['email_match', 'name_match', 'new_profile']);
export type TestRowKind = z.infer<typeof testRowKindSchema>;
export const testRowKinds: readonly TestRowKind[] = testRowKindSchema.options;

type TestableRow = Pick<PlanRow, 'row' | 'email' | 'match' | 'action'>;

/** The kind that a row can stand for in a test run; undefined where a run would not write it. */
export function testRowKind(row: Pick<PlanRow, 'match' | 'action'>): TestRowKind | undefined {
  if (row.action === 'CREATE_NEW') return 'new_profile';
  if (row.action !== 'UPDATE_EXISTING') return undefined;
  return row.match === 'MATCH_EMAIL' ? 'email_match' : 'name_match';
}

/** How many rows of each kind a plan has. */
export type TestRowSupply = Readonly<Record<TestRowKind, number>>;

export function testRowSupply(rows: Iterable<Pick<PlanRow, 'match' | 'action'>>): TestRowSupply {
  const supply: Record<TestRowKind, number> = { email_match: 0, name_match: 0, new_profile: 0 };
  for (const row of rows) {
    const kind = testRowKind(row);
    if (kind !== undefined) supply[kind] += 1;
  }
  return supply;
}

/** The kinds that must be tried. None: the plan writes nobody and needs no test run. */
export function neededTestKinds(supply: TestRowSupply): readonly TestRowKind[] {
  return testRowKinds.filter((kind) => supply[kind] > 0);
}

export type ProposedTestRow<Row extends TestableRow> = {
  readonly kind: TestRowKind;
  readonly row: Row;
  /** How many other rows of the kind could be taken instead. */
  readonly others: number;
};

/** The first row of each kind in file order, in the order of the kinds: the same proposal for the same plan. */
export function proposeTestRows<Row extends TestableRow>(rows: Iterable<Row>): readonly ProposedTestRow<Row>[] {
  const first = new Map<TestRowKind, Row>();
  const supply: Record<TestRowKind, number> = { email_match: 0, name_match: 0, new_profile: 0 };
  for (const row of rows) {
    const kind = testRowKind(row);
    if (kind === undefined) continue;
    supply[kind] += 1;
    const earliest = first.get(kind);
    if (earliest === undefined || row.row < earliest.row) first.set(kind, row);
  }
  return testRowKinds.flatMap((kind) => {
    const row = first.get(kind);
    return row === undefined ? [] : [{ kind, row, others: supply[kind] - 1 }];
  });
}

export type TestSelection<Row extends TestableRow> =
  | { readonly ok: true; readonly rows: readonly { readonly kind: TestRowKind; readonly row: Row }[] }
  | { readonly ok: false; readonly code: 'test_selection'; readonly detail: string; readonly emails: readonly string[] };

/**
 * Checks a choice of test rows: exactly one row of each kind that the plan has (A14). `chosen` are the rows found
 * for `emails`, folded addresses; an address without a row is refused by name.
 */
export function checkTestSelection<Row extends TestableRow>(
  emails: readonly string[],
  chosen: readonly Row[],
  supply: TestRowSupply,
): TestSelection<Row> {
  const needed = neededTestKinds(supply);
  if (needed.length === 0) return refuse('This plan writes nobody, so it needs no test run.', emails);
  if (new Set(emails).size !== emails.length) return refuse('Name each test customer once.', emails);

  const byEmail = new Map(chosen.map((row) => [row.email, row]));
  const missing = emails.filter((email) => !byEmail.has(email));
  if (missing.length > 0) return refuse('These addresses are no rows of the plan.', missing);

  const rows: { kind: TestRowKind; row: Row }[] = [];
  for (const email of emails) {
    const row = byEmail.get(email);
    const kind = row === undefined ? undefined : testRowKind(row);
    if (row === undefined || kind === undefined) return refuse('A run would not write these rows, so they try nothing.', [email]);
    if (rows.some((other) => other.kind === kind)) return refuse(`Two of the rows are of one kind (${kindTitles[kind]}); choose one.`, [email]);
    rows.push({ kind, row });
  }
  const untried = needed.filter((kind) => !rows.some((row) => row.kind === kind));
  if (untried.length > 0) {
    return refuse(`Add one row of each kind that the plan has; missing: ${untried.map((kind) => kindTitles[kind]).join(', ')}.`, []);
  }
  return { ok: true, rows: rows.sort((one, other) => testRowKinds.indexOf(one.kind) - testRowKinds.indexOf(other.kind)) };
}

/** The kinds in plain words. */
export const kindTitles: Readonly<Record<TestRowKind, string>> = {
  email_match: 'matched by e-mail',
  name_match: 'matched by name only',
  new_profile: 'new profile',
};

function refuse(detail: string, emails: readonly string[]): { ok: false; code: 'test_selection'; detail: string; emails: readonly string[] } {
  return { ok: false, code: 'test_selection', detail, emails };
}
