import type { RowSelection } from '../../../shared/contract/operator/plans.ts';

/** Most rows that are chosen one by one; from then on a filter says it better. */
export const CHOSEN_MAX = 10_000;

type RowFilter = Extract<RowSelection, { readonly filter: unknown }>['filter'];

/** What a person has chosen in the grid: some rows by number, or all that a filter shows but some. Never anybody's address. */
export type RowChoice = { readonly kind: 'some'; readonly rows: ReadonlySet<number> } | { readonly kind: 'all'; readonly filter: RowFilter; readonly total: number; readonly except: ReadonlySet<number> };

export const nothingChosen: RowChoice = { kind: 'some', rows: new Set() };

export function allOf(filter: RowFilter, total: number): RowChoice {
  return { kind: 'all', filter, total, except: new Set() };
}

export function isChosen(choice: RowChoice, row: number): boolean {
  return choice.kind === 'some' ? choice.rows.has(row) : !choice.except.has(row);
}

export function chosenCount(choice: RowChoice): number {
  return choice.kind === 'some' ? choice.rows.size : choice.total - choice.except.size;
}

/** Chooses rows, or takes them out. Undefined where that would be more than are chosen one by one. */
export function withRows(choice: RowChoice, rows: readonly number[], isIn: boolean): RowChoice | undefined {
  const named = new Set(choice.kind === 'some' ? choice.rows : choice.except);
  for (const row of rows) {
    if (isIn === (choice.kind === 'some')) named.add(row);
    else named.delete(row);
  }
  if (named.size > CHOSEN_MAX) return undefined;
  return choice.kind === 'some' ? { ...choice, rows: named } : { ...choice, except: named };
}

/** The choice as the operator takes it; undefined where nothing is chosen. */
export function selectionOf(choice: RowChoice): RowSelection | undefined {
  if (chosenCount(choice) <= 0) return undefined;
  return choice.kind === 'some' ? { rows: [...choice.rows] } : { filter: choice.filter, except: [...choice.except] };
}
