import { differingFacts, type FactValue, type Facts } from '../../core/facts.ts';
import type { PlanRow } from '../../core/plan-row.ts';

/** What the plan relied on and what was found, for the facts that differ. */
export type Drift = { readonly planned: Facts; readonly now: Facts };

type ComparedRow = Pick<PlanRow, 'action' | 'match' | 'user_id' | 'precondition'>;

/**
 * Compares a planned row with the same row planned again on what is there now (N1). Null: everything that the plan
 * relied on is still so, and it may be written. Wording, warnings and counts of namesakes are not relied on.
 */
export function driftOf(planned: ComparedRow, now: ComparedRow): Drift | null {
  const before = comparedFacts(planned);
  const after = comparedFacts(now);
  const names = differingFacts(before, after);
  return names.length === 0 ? null : { planned: pick(before, names), now: pick(after, names) };
}

/**
 * Whether a row that this plan's own earlier run applied needs nothing more: it is still as that run left it, or
 * its customer has meanwhile done what it was prepared for. Such a row is `no_change`; anything else has drifted.
 */
export function isStillApplied(now: Pick<PlanRow, 'action'>): boolean {
  return now.action === 'NO_CHANGE' || now.action === 'COMPLETE';
}

function comparedFacts(row: ComparedRow): Facts {
  return { ...row.precondition, action: row.action, match: row.match, user_id: row.user_id };
}

/** A fact that only one side has is null on the other, so that both maps name the same facts. */
function pick(facts: Facts, names: readonly string[]): Facts {
  return Object.fromEntries(names.map((name): [string, FactValue] => [name, facts[name] ?? null]));
}
