import type { PlanRow } from '../../shared/core/plan-row.ts';
import { maskPlanRow } from '../../shared/playbooks/account-prep/mask-row.ts';
import type { Caller } from '../guards/token.ts';

/** Who may approve a name-only row, or must acknowledge it, sees the other address on it; who only reads does not (A2). */
export function mayReviewNameMatches(caller: Pick<Caller, 'scopes'>): boolean {
  return caller.scopes.has('migration:write') || caller.scopes.has('migration:approve');
}

/** Plan rows as this caller may see them. */
export function planRowsShown(rows: readonly PlanRow[], caller: Pick<Caller, 'scopes'>): PlanRow[] {
  const asker = { mayReviewNameMatches: mayReviewNameMatches(caller) };
  return rows.map((row) => maskPlanRow(row, asker));
}
