import { OperatorError } from '../../shared/contract/operator/reply.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';

/**
 * The addresses that are acknowledged, from those named one by one and from the number that the person states (A7).
 * The number stands for having looked at the list, so it must be exactly that of the rows; then it covers them all.
 * @throws OperatorError `acknowledgement_required` naming the rows when the number is another
 */
export function acknowledgedAddresses(nameOnly: readonly Pick<PlanRow, 'row' | 'email'>[], named: readonly string[], stated: number | undefined): readonly string[] {
  if (stated === undefined) return named;
  if (stated !== nameOnly.length) {
    throw new OperatorError({
      code: 'acknowledgement_required',
      title: 'Another number of rows is matched by name alone',
      detail: `${nameOnly.length} ${nameOnly.length === 1 ? 'row is' : 'rows are'} matched by name alone and would be written; ${stated} was stated. Look at each of them, then state their exact number.`,
      request_id: null,
      rows: nameOnly.slice(0, 1_000).map(({ row, email }) => ({ row, email })),
    });
  }
  return [...new Set([...named, ...nameOnly.map(({ email }) => email)])];
}
