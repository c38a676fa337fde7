import { differingFacts, type Facts } from '../../core/facts.ts';
import { accountPrepFields } from './fields.ts';
import { factsOfState, fieldFactsOf, pickFacts, stateDifference, type CustomerState } from './customer-state.ts';

/** What one run left behind of a customer: before it, and as it left the record. `prior` null: the run made the profile. */
export type SnapshotStates = { readonly runId: string; readonly prior: CustomerState | null; readonly leftAs: CustomerState };

/** What a created profile must be to count as unused, besides its state (A20). A temporary sign-in alone is no use of it. */
export type ProfileUse = {
  readonly hasPassword: boolean;
  /** Somebody gave it another name or a role since. */
  readonly isRewritten: boolean;
  /** Something besides the run's own rows refers to it. */
  readonly isReferredTo: boolean;
};

/** Everything that is gathered of one customer before anything is decided. */
export type RevertInput = {
  /** The snapshots of this migration that are not put back yet, in the order in which they were taken. */
  readonly chain: readonly SnapshotStates[];
  readonly wasPutBack: boolean;
  /** The customer now; null where there is none. */
  readonly now: CustomerState | null;
  /** The customer has set a password since: the migration has a completion event that is not void. */
  readonly hasCompleted: boolean;
  /** Whom the Stripe id of before the run belongs to now. */
  readonly stripeHolder: 'nobody' | 'target' | 'someone_else';
  readonly profile: ProfileUse;
};

/** What a rollback does with one customer, who is put back whole or not at all. */
export type RevertDecision =
  | {
      readonly outcome: 'reverted';
      /** The snapshots that this puts back, oldest first. */
      readonly runIds: readonly string[];
      readonly removesProfile: boolean;
      /** The state to go back to; null where the profile goes. */
      readonly to: CustomerState | null;
      readonly before: Facts;
      readonly after: Facts;
      readonly reason: string | null;
    }
  | { readonly outcome: 'kept_changed_since'; readonly planned: Facts; readonly now: Facts; readonly reason: string }
  | { readonly outcome: 'nothing_to_revert'; readonly reason: string };

/**
 * Decides what a rollback does with a customer (A20). Pure. Several runs are put back together, to before the first of
 * them; whatever somebody changed after any of them keeps the whole customer as it is.
 */
export function decideRevert(input: RevertInput): RevertDecision {
  const { chain, now } = input;
  const [first] = chain;
  const last = chain.at(-1);
  if (first === undefined || last === undefined) {
    return { outcome: 'nothing_to_revert', reason: input.wasPutBack ? 'An earlier rollback has put this customer back.' : 'No run of this migration has written this customer.' };
  }
  if (now === null) return { outcome: 'nothing_to_revert', reason: 'The profile is not there any more.' };
  return keptBecause(input, last.leftAs, now) ?? revertTo(chain, first.prior, now);
}

type Kept = Extract<RevertDecision, { outcome: 'kept_changed_since' }>;

function keptBecause(input: RevertInput, leftAs: CustomerState, now: CustomerState): Kept | null {
  const change = stateDifference(leftAs, now);
  if (input.hasCompleted) {
    return kept({ completed: false, ...change?.one }, { completed: true, ...change?.other }, 'The customer has set a password since.');
  }
  if (change !== null) return kept(change.one, change.other, 'The record has been changed since the run.');
  for (const [index, snapshot] of input.chain.entries()) {
    const next = input.chain[index + 1];
    if (next === undefined) break;
    if (next.prior === null) return kept({ profile: 'made by an earlier run' }, { profile: 'made anew by a later run' }, 'The profile was removed and made anew between two runs.');
    const between = stateDifference(snapshot.leftAs, next.prior);
    if (between !== null) return kept(between.one, between.other, 'The record was changed between two runs of this migration.');
  }
  if (input.chain[0]?.prior === null) return keptProfile(input.profile);
  if (input.stripeHolder !== 'someone_else') return null;
  return kept({ stripe_holder: 'nobody' }, { stripe_holder: 'someone_else' }, 'The Stripe id of before the run is linked to somebody else now.');
}

function keptProfile({ hasPassword, isRewritten, isReferredTo }: ProfileUse): Kept | null {
  if (!hasPassword && !isRewritten && !isReferredTo) return null;
  const reasons = [...(hasPassword ? ['has a password'] : []), ...(isRewritten ? ['has another name or role than the run gave it'] : []), ...(isReferredTo ? ['is referred to elsewhere'] : [])];
  return kept({ profile: 'unused' }, { profile: 'in use' }, `The profile that the run made ${reasons.join(' and ')}.`);
}

function kept(planned: Facts, now: Facts, reason: string): Kept {
  return { outcome: 'kept_changed_since', planned, now, reason };
}

function revertTo(chain: readonly SnapshotStates[], prior: CustomerState | null, now: CustomerState): RevertDecision {
  const runIds = chain.map(({ runId }) => runId);
  const before = fieldFactsOf(now);
  if (prior === null) {
    return { outcome: 'reverted', runIds, removesProfile: true, to: null, before, after: pickFacts({}, accountPrepFields), reason: 'The profile that the run made was never used; it is removed.' };
  }
  const after = fieldFactsOf(prior);
  const names = accountPrepFields.filter((field) => differingFacts(before, after).includes(field));
  return { outcome: 'reverted', runIds, removesProfile: false, to: prior, before: pickFacts(before, names), after: pickFacts(after, names), reason: null };
}

/**
 * Whether what is decided under lock is what was previewed: the same snapshots, to the same state. Anything else is not
 * carried out.
 */
export function isSameRevert(one: RevertDecision, other: RevertDecision): boolean {
  if (one.outcome !== 'reverted' || other.outcome !== 'reverted') return false;
  if (one.removesProfile !== other.removesProfile || one.runIds.join() !== other.runIds.join()) return false;
  if (one.to === null || other.to === null) return one.to === other.to;
  return differingFacts(factsOfState(one.to), factsOfState(other.to)).length === 0;
}
