import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { createRowAnswers } from './answer-rows.ts';
import { type ColumnKey, type NamedPlanRow, foldedText, rowKinds } from './row-kinds.ts';
import type { RowView } from './row-view.ts';

const SEED = 20251201;

const open: Database.Database[] = [];
afterEach(() => open.splice(0).forEach((database) => database.close()));

function rowsOf(rows: readonly NamedPlanRow[]) {
  const database = new Database('');
  open.push(database);
  const answer = createRowAnswers(database, () => false);
  // In two pieces, with a view between them: what is asked while rows come must not stay.
  const half = Math.floor(rows.length / 2);
  answer({ id: 1, call: 'add', list: 'plan', kind: 'plan_row', rows: rows.slice(0, half) });
  answer({ id: 2, call: 'page', list: 'plan', view: { sort: 'name' }, offset: 0, limit: 10, turn: null });
  answer({ id: 3, call: 'add', list: 'plan', kind: 'plan_row', rows: rows.slice(half) });
  return (view: RowView, offset: number, limit: number): { readonly rows: readonly number[]; readonly total: number } => {
    const answered = answer({ id: 4, call: 'page', list: 'plan', view, offset, limit, turn: null });
    if (answered.state !== 'done') throw new Error(answered.state);
    const page = answered.answer as { readonly rows: readonly { readonly json: string }[]; readonly total: number };
    return { total: page.total, rows: page.rows.map(({ json }) => (JSON.parse(json) as NamedPlanRow).row) };
  };
}

/** The same by plain array functions. */
function plainly(rows: readonly NamedPlanRow[], { equal = {}, tag, q = '', sort = 'row', descending = false }: RowView): readonly number[] {
  const columns: Readonly<Record<string, (row: NamedPlanRow) => ColumnKey>> = rowKinds.plan_row.columns;
  const found = rows.filter(
    (row) =>
      Object.entries(equal).every(([name, value]) => columns[name]?.(row) === foldedText(value)) &&
      (tag === undefined || row.warnings.includes(tag)) &&
      (q.trim() === '' || [row.email, row.full_name ?? ''].map(foldedText).join('\n').includes(foldedText(q.trim()))),
  );
  const keyOf = (row: NamedPlanRow): ColumnKey => columns[sort]?.(row) ?? null;
  const ordered = [...found].sort((one, other) => {
    const [a, b] = [keyOf(one), keyOf(other)];
    if (a === null || b === null) return a === b ? one.row - other.row : a === null ? 1 : -1;
    return (descending ? -1 : 1) * byCodePoints(a, b) || one.row - other.row;
  });
  return ordered.map(({ row }) => row);
}

/** Numbers before texts, texts by code points. */
function byCodePoints(one: string | number, other: string | number): number {
  if (typeof one === 'number') return typeof other === 'number' ? one - other : -1;
  return typeof other === 'number' ? 1 : Buffer.compare(Buffer.from(one), Buffer.from(other));
}

const nameArb = fc.oneof(fc.constantFrom('Ann Lind', 'ANN  LIND', 'ann', 'Élodie', 'E\u0301lodie', 'ß', 'SS', '\u{1F600} smile', '\uFF21 wide', 'Zoë', 'İpek', 'o%o_o\\'), fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constant(null));
const contentArb = fc.record({
  email: fc.constantFrom('a@x.org', 'b@x.org', 'ann.lind@example.com', 'zed@y.net', 'aa@x.org'),
  full_name: nameArb,
  match: fc.constantFrom('MATCH_EMAIL' as const, 'MATCH_NAME_UNIQUE' as const, 'NO_NAME_MATCH' as const),
  action: fc.constantFrom('UPDATE_EXISTING' as const, 'CREATE_NEW' as const, 'SKIP' as const),
  warnings: fc.subarray(['name_bidi_control', 'name_mixed_scripts', 'other_address']),
  stripe: fc.constantFrom(null, 'cus_B', 'cus_a', 'cus_A'),
  added: fc.constantFrom(null, [], ['new@x.org']),
});
const rowsArb = fc.array(contentArb, { maxLength: 40 }).map((contents) =>
  contents.map(({ stripe, added, ...content }, index): NamedPlanRow => ({
    ...content,
    row: index + 1,
    email_match: 'NO_EMAIL_MATCH',
    user_id: null,
    precondition: {},
    changes: [...(stripe === null ? [] : [{ field: 'stripe_customer_id', before: null, after: stripe }]), ...(added === null ? [] : [{ field: 'emails', before: ['old@x.org'], after: ['old@x.org', ...added] }])],
  })),
);
const viewArb: fc.Arbitrary<RowView> = fc.record(
  {
    equal: fc.record({ match: fc.constantFrom('MATCH_EMAIL', 'NO_NAME_MATCH'), action: fc.constantFrom('UPDATE_EXISTING', 'SKIP') }, { requiredKeys: [] }),
    tag: fc.constantFrom('name_mixed_scripts', 'absent'),
    q: fc.oneof(fc.constantFrom('ann', ' LIND ', '%', '_', 'é', 'e\u0301', '@x.org', '\\'), fc.string({ unit: 'grapheme', maxLength: 2 })),
    sort: fc.constantFrom(...Object.keys(rowKinds.plan_row.columns)),
    descending: fc.boolean(),
  },
  { requiredKeys: [] },
);

it('shows of any list, by any filter, search, order and place, what plain array functions would', () => {
  fc.assert(
    fc.property(rowsArb, fc.array(viewArb, { minLength: 1, maxLength: 6 }), fc.nat(45), fc.integer({ min: 1, max: 45 }), (rows, views, offset, limit) => {
      fc.pre(rows.length > 0);
      const page = rowsOf(rows);
      for (const view of views) {
        const expected = view.descending === true && (view.sort ?? 'row') === 'row' ? [...plainly(rows, { ...view, descending: false })].reverse() : plainly(rows, view);
        expect(page(view, offset, limit)).toEqual({ total: expected.length, rows: expected.slice(offset, offset + limit) });
      }
    }),
    { seed: SEED, numRuns: 300 },
  );
});

it('gives a search up between two of its parts once nobody waits for it, and answers it anew when it is asked again', () => {
  const database = new Database('');
  open.push(database);
  let looks = 0;
  let isLate = true;
  const answer = createRowAnswers(database, () => isLate && (looks += 1) > 2);
  answer({ id: 1, call: 'add', list: 'file', kind: 'duplicate', rows: Array.from({ length: 60_000 }, (_, index) => ({ line: index + 1, row: index, kept_line: 1, conflicting: false })) });
  const search = { id: 2, call: 'page', list: 'file', view: { q: '59999' }, offset: 0, limit: 10, turn: null } as const;
  expect([answer(search), looks]).toEqual([{ state: 'overtaken' }, 3]);
  isLate = false;
  expect(answer(search)).toMatchObject({ state: 'done', answer: { total: 1 } });
});
