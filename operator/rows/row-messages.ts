import type { NextDecision } from '../../shared/contract/operator/plans.ts';
import type { RowKindName } from './row-kinds.ts';
import type { DecidedRows, DecisionAsked, PendingCounts, PendingDecision } from './row-choices.ts';
import type { RowChoice, RowView } from './row-view.ts';

/** Which of several views of one place in the window is wanted: a later one of the same lane overtakes those before it. */
export interface Turn {
  readonly lane: number;
  readonly number: number;
}

/** Rows that are counted by what they have in common: `by` names what, the first that there is of each. */
export interface Counting {
  /** Only rows of which a column has one of these values. */
  readonly of?: { readonly column: string; readonly values: readonly string[] };
  readonly by: readonly (readonly string[])[];
  /** At most so many groups, those with most rows first. */
  readonly limit: number;
}

/** A row as text, and what the next plan is to have of it where that is something else. */
export interface PagedRow {
  readonly json: string;
  readonly next: NextDecision | null;
}

/** What the thread of the rows can be asked, and what it answers to each. */
export interface RowAnswers {
  add: { readonly ask: { readonly list: string; readonly kind: RowKindName; readonly rows: readonly unknown[] }; readonly answer: null };
  page: { readonly ask: { readonly list: string; readonly view: RowView; readonly offset: number; readonly limit: number; readonly turn: Turn | null }; readonly answer: { readonly rows: readonly PagedRow[]; readonly total: number } };
  numbers: { readonly ask: { readonly list: string; readonly view: RowView; readonly offset: number; readonly limit: number; readonly column: string }; readonly answer: readonly number[] };
  having: { readonly ask: { readonly list: string; readonly column: string; readonly values: readonly string[] }; readonly answer: readonly string[] };
  count: { readonly ask: { readonly list: string; readonly counting: Counting }; readonly answer: readonly { readonly by: readonly string[]; readonly count: number }[] };
  decide: { readonly ask: { readonly list: string; readonly choice: RowChoice; readonly asked: DecisionAsked }; readonly answer: DecidedRows & { readonly pending: PendingCounts } };
  pendingCounts: { readonly ask: { readonly list: string }; readonly answer: PendingCounts };
  pending: { readonly ask: { readonly list: string; readonly after: number; readonly limit: number }; readonly answer: readonly (PendingDecision & { readonly id: number })[] };
  drop: { readonly ask: { readonly list: string }; readonly answer: null };
}
export type RowCall = keyof RowAnswers;

export type RowRequest = { readonly [Call in RowCall]: { readonly id: number; readonly call: Call } & RowAnswers[Call]['ask'] }[RowCall];

/** `no_room`: the disk of the temporary file is full; nothing here can be used any more. */
export type RowReply =
  | { readonly id: number; readonly state: 'done'; readonly answer: RowAnswers[RowCall]['answer'] }
  | { readonly id: number; readonly state: 'overtaken' | 'no_room' | 'unknown_list' }
  | { readonly id: number; readonly state: 'fault'; readonly message: string };

/** Lanes that are told apart. */
export const LANES = 64;
