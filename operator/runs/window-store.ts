import Database from 'better-sqlite3';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { ProcedureInput } from '../../shared/contract/operator/dispatch.ts';

/** A plan row beside the name in the file. */
export type NamedPlanRow = PlanRow & { readonly full_name: string | null };

type RowQuery = Omit<ProcedureInput<'plans.listRows'>, 'migration' | 'plan_hash'>;

/**
 * Rows of plans in a database in memory: a window of them is filtered, sorted and searched there, however many there
 * are, and nothing personal reaches a disk.
 */
export interface WindowStore {
  hasPlan(planHash: string): boolean;
  /** Rows of a plan, a page at a time, so that a large plan never holds up its process for long. */
  addRows(planHash: string, rows: readonly NamedPlanRow[]): void;
  /** Says that all rows are here; only then does the store have the plan. */
  completePlan(planHash: string): void;
  /** Every row, in file order. Nothing else may be asked of the store until it is read to its end. */
  rows(planHash: string): Iterable<NamedPlanRow>;
  listRows(planHash: string, query: RowQuery): { readonly items: NamedPlanRow[]; readonly total: number };
  /** The columns that choices are made by, in file order. */
  choices(planHash: string): Iterable<Pick<PlanRow, 'row' | 'email' | 'match' | 'action'>>;
  rowsByEmail(planHash: string, emails: readonly string[]): readonly NamedPlanRow[];
  /** Forgets the rows of these plans. */
  forget(planHashes: readonly string[]): void;
  close(): void;
}

const SCHEMA = `
CREATE TABLE plan_rows (plan TEXT, row INTEGER, email TEXT, match TEXT, action TEXT, warnings TEXT, full_name TEXT, json TEXT, PRIMARY KEY (plan, row)) WITHOUT ROWID;
CREATE INDEX plan_rows_by_email ON plan_rows (plan, email);
CREATE TABLE plans (plan TEXT PRIMARY KEY);
`;

/** Opens an empty store. */
export function openWindowStore(): WindowStore {
  const database = new Database(':memory:');
  database.exec(SCHEMA);
  const insertRow = database.prepare('INSERT OR REPLACE INTO plan_rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)');

  return {
    hasPlan: (planHash) => database.prepare('SELECT 1 FROM plans WHERE plan = ?').get(planHash) !== undefined,
    addRows(planHash, rows) {
      database.transaction(() => {
        for (const row of rows) insertRow.run(planHash, row.row, row.email, row.match, row.action, `,${row.warnings.join(',')},`, row.full_name, JSON.stringify(row));
      })();
    },
    completePlan: (planHash) => void database.prepare('INSERT OR REPLACE INTO plans VALUES (?)').run(planHash),
    *rows(planHash) {
      for (const text of database.prepare<[string], string>('SELECT json FROM plan_rows WHERE plan = ? ORDER BY row').pluck().iterate(planHash)) yield JSON.parse(text) as NamedPlanRow;
    },
    listRows(planHash, { offset, limit, match, action, warning, q, sort = 'row', descending = false }) {
      const where = conditions(['plan = ?', planHash], match && ['match = ?', match], action && ['action = ?', action], warning && ["warnings LIKE ? ESCAPE '\\'", `%,${escapeLike(warning)},%`], search(['email', 'full_name'], q));
      const order = `${sort}${descending ? ' DESC' : ''}, row${descending ? ' DESC' : ''}`;
      return page(database, where, order, limit, offset);
    },
    choices: (planHash) => database.prepare<[string], Pick<PlanRow, 'row' | 'email' | 'match' | 'action'>>('SELECT row, email, match, action FROM plan_rows WHERE plan = ? ORDER BY row').all(planHash),
    rowsByEmail(planHash, emails) {
      const one = database.prepare<[string, string], string>('SELECT json FROM plan_rows WHERE plan = ? AND email = ?').pluck();
      return emails.flatMap((email) => one.all(planHash, email).map((text) => JSON.parse(text) as NamedPlanRow));
    },
    forget(planHashes) {
      database.transaction(() => {
        for (const plan of planHashes) for (const table of ['plans', 'plan_rows']) database.prepare(`DELETE FROM ${table} WHERE plan = ?`).run(plan);
      })();
    },
    close: () => void database.close(),
  };
}

type Condition = readonly [sql: string, ...values: string[]];

function conditions(...given: readonly (Condition | '' | undefined)[]): Condition {
  const present = given.filter((one): one is Condition => one !== undefined && one !== '');
  return [present.map(([sql]) => sql).join(' AND '), ...present.flatMap(([, ...values]) => values)];
}

function search(columns: readonly string[], q: string | undefined): Condition | undefined {
  if (q === undefined || q.trim() === '') return undefined;
  const pattern = `%${escapeLike(q.trim())}%`;
  return [`(${columns.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')})`, ...columns.map(() => pattern)];
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function page(database: Database.Database, [where, ...values]: Condition, order: string, limit: number, offset: number): { items: NamedPlanRow[]; total: number } {
  const total = Number(database.prepare(`SELECT count(*) FROM plan_rows WHERE ${where}`).pluck().get(...values));
  const texts = database.prepare(`SELECT json FROM plan_rows WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`).pluck().all(...values, limit, offset);
  return { items: texts.map((text) => JSON.parse(String(text)) as NamedPlanRow), total };
}
