/** One forward-only step of the schema. Steps are never edited once released: the runner compares their text. */
export type Migration = {
  /** Consecutive from 1. */
  readonly number: number;
  readonly name: string;
  /** Statements that run on PostgreSQL 15 and later and on PGlite alike, in one transaction as the owner. */
  readonly sql: string;
};
