import { type CohortRecord, canonicalRecordLine } from '../../shared/core/cohort.ts';

/** How many people a trial makes up. One in 24 may drift without making a plan stale under the usual policy of 5 %. */
export const PEOPLE = 24;

/** People whom nobody has: addresses under a domain that can never exist (RFC 2606), names and Stripe ids of their own for each call. */
export type MadeUpPeople = {
  /** What tells this call's people from all others: lower-case letters and digits. */
  readonly mark: string;
  readonly records: readonly CohortRecord[];
  /** Never part of any cohort. */
  readonly outsider: CohortRecord;
};

/** @param mark lower-case letters and digits, fresh for each call */
export function madeUpPeople(mark: string): MadeUpPeople {
  const person = (place: number): CohortRecord => {
    const number = String(place).padStart(2, '0');
    return { email: `person-${number}@${mark}.conformance.invalid`, full_name: `Conformance ${mark} ${number}`, stripe_customer_id: `cus_Conformance${mark}${number}` };
  };
  return { mark, records: Array.from({ length: PEOPLE }, (_, index) => person(index + 1)), outsider: person(PEOPLE + 1) };
}

/** Whether an address was made up by a trial, this one or an earlier one. */
export function isMadeUp(email: string): boolean {
  return email.endsWith('.conformance.invalid');
}

/** A cohort as it is uploaded. */
export function canonicalForm(records: readonly CohortRecord[]): string {
  return records.map((record) => `${canonicalRecordLine(record)}\n`).join('');
}
