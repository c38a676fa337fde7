import type { CohortRecord } from '../../core/cohort.ts';
import type { Decision } from '../../core/decisions.ts';

/** A customer as the planner may see one: only ever the target of a cohort row (A2). */
export type UserFacts = {
  readonly userId: string;
  readonly fullName: string;
  /** Folded addresses that sign in as this customer, in any order. */
  readonly emails: readonly string[];
  readonly mustReset: boolean;
  readonly stripeCustomerId: string | null;
  readonly cohortTag: string | null;
  readonly sourceFile: string | null;
  /** `customer`, or a staff role. */
  readonly role: string;
  /** The migration that has this customer armed now. */
  readonly armedBy: string | null;
  /** Whether this migration has a completion event of this customer that is not void (A3). */
  readonly hasCompleted: boolean;
};

/**
 * Who has the record's name key. Profiles that this migration itself created are not counted: each belongs to
 * another cohort row, and a run must not change what its own later rows find.
 */
export type NameCandidates =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly user: UserFacts }
  | { readonly kind: 'several'; readonly count: number };

/** Everything that is gathered for one record before anything is decided. */
export type RecordFacts = {
  /** The customer who has the record's address. */
  readonly byEmail: UserFacts | null;
  /** Need not be gathered where `byEmail` is there; it is not looked at then. */
  readonly byName: NameCandidates;
  /** The id of whoever the record's Stripe id is linked to. Compared, never shown. */
  readonly stripeHolderId: string | null;
};

/** One cohort row with what was gathered for it. */
export type RowInput = {
  /** Place in the cohort, from 1. */
  readonly row: number;
  readonly record: CohortRecord;
  readonly decision: Decision['as'] | null;
  readonly facts: RecordFacts;
};
