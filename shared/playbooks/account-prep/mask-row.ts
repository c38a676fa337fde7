import type { Facts, FactValue } from '../../core/facts.ts';
import { maskEmail } from '../../core/mask.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import type { RunItem } from '../../core/run-item.ts';

/**
 * A plan row as it may be shown. On a row matched by name alone, addresses other than the row's own are masked
 * unless the asker may approve or must acknowledge it (A7): they are shown to whoever has to judge them, and to
 * nobody else. Rows of other kinds come back as they are.
 */
export function maskPlanRow(row: PlanRow, asker: { readonly mayReviewNameMatches: boolean }): PlanRow {
  if (asker.mayReviewNameMatches || row.match !== 'MATCH_NAME_UNIQUE') return row;
  const mask = (value: FactValue): PlanRow['precondition'][string] => maskFact(value, row.email);
  return {
    ...row,
    changes: row.changes.map((change) => (change.field === 'emails' ? { ...change, before: mask(change.before), after: mask(change.after) } : change)),
    precondition: maskEmailsFact(row.precondition, row.email),
  };
}

/**
 * The same for what became of a row, as it is shown to whoever may not see other addresses. How the row was planned does not
 * decide: where it has drifted, what is so now can be a match by name that nobody planned. Only such a match shows addresses at all.
 */
export function maskItem(item: RunItem): RunItem {
  const mask = (facts: Facts): PlanRow['precondition'] => maskEmailsFact(facts, item.email);
  const masked = { ...item, before: item.before === null ? null : mask(item.before), after: item.after === null ? null : mask(item.after) };
  if (masked.outcome !== 'drifted' && masked.outcome !== 'kept_changed_since') return masked;
  return { ...masked, planned: mask(masked.planned), now: mask(masked.now) };
}

/** Facts with every address masked but this one. */
export function maskEmailsFact(facts: Facts, ownEmail: string): PlanRow['precondition'] {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, name === 'emails' ? maskFact(value, ownEmail) : copyOf(value)]));
}

function maskFact(value: FactValue, ownEmail: string): PlanRow['precondition'][string] {
  return isList(value) ? value.map((email) => (email === ownEmail ? email : maskEmail(email))) : value;
}

function copyOf(value: FactValue): PlanRow['precondition'][string] {
  return isList(value) ? [...value] : value;
}

function isList(value: FactValue): value is readonly string[] {
  return Array.isArray(value);
}
