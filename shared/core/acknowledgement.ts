import { isNameOnlyWrite, type PlanRow } from './plan-row.ts';

type AcknowledgedRow = Pick<PlanRow, 'email' | 'match' | 'action'>;

/** Addresses of the rows that are never written without an acknowledgement (A7), in the order of the rows. */
export function rowsToAcknowledge(rows: Iterable<AcknowledgedRow>): readonly string[] {
  const emails: string[] = [];
  for (const row of rows) if (isNameOnlyWrite(row)) emails.push(row.email);
  return emails;
}

export type Acknowledged =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'acknowledgement_required'; readonly emails: readonly string[]; readonly detail: string };

/**
 * Whether every name-only row among `rows` is acknowledged; the missing ones are named. `rows` are the rows that the
 * call covers: the test rows of a test run, the whole plan of an execution. `acknowledged` are folded addresses.
 */
export function checkAcknowledged(rows: Iterable<AcknowledgedRow>, acknowledged: ReadonlySet<string>): Acknowledged {
  const missing = rowsToAcknowledge(rows).filter((email) => !acknowledged.has(email));
  return missing.length === 0 ? { ok: true } : refuse(missing, `${missing.length === 1 ? '1 row is' : `${missing.length} rows are`} matched by name alone and not acknowledged.`);
}

/**
 * Acknowledges by number: who states exactly how many name-only rows the call covers has looked. Gives the addresses
 * to acknowledge; any other number is refused and the rows are named.
 */
export function acknowledgeByCount(
  rows: Iterable<AcknowledgedRow>,
  statedCount: number,
): { readonly ok: true; readonly emails: readonly string[] } | Extract<Acknowledged, { ok: false }> {
  const emails = rowsToAcknowledge(rows);
  if (emails.length === statedCount) return { ok: true, emails };
  return refuse(emails, `There are ${emails.length} rows matched by name alone, not ${statedCount}.`);
}

function refuse(emails: readonly string[], detail: string): Extract<Acknowledged, { ok: false }> {
  return { ok: false, code: 'acknowledgement_required', emails, detail };
}
