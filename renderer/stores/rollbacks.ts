import { create } from 'zustand';
import type { RollbackPreview } from '../../shared/contract/admin/rollback.ts';

/** Whom a rollback is for. */
export type Whom = { readonly emails: readonly string[] } | { readonly all: true };

/** What was last shown to the person, which is all that may be begun. */
export interface ShownPreview {
  readonly whom: Whom;
  readonly preview: RollbackPreview;
  /** Why it had to be made again, in the server's words; null where it is the first. */
  readonly madeAgainBecause: string | null;
  /** The server asked for an approval when it was to begin. */
  readonly isApprovalAsked: boolean;
}

/** A rollback as far as it has come. Addresses stay in memory only. */
export interface Rollback {
  readonly picked: readonly string[];
  readonly isForAll: boolean;
  readonly shown: ShownPreview | null;
  readonly runId: string | null;
}

export const noRollback: Rollback = { picked: [], isForAll: false, shown: null, runId: null };

interface Rollbacks {
  /** By environment and migration. It outlives its step: an approval takes time, and the person may look elsewhere meanwhile. */
  readonly byMigration: Readonly<Record<string, Rollback>>;
  change(key: string, change: Partial<Rollback>): void;
}

export const useRollbacks = create<Rollbacks>((set) => ({
  byMigration: {},
  change: (key, change) => set(({ byMigration }) => ({ byMigration: { ...byMigration, [key]: { ...(byMigration[key] ?? noRollback), ...change } } })),
}));
