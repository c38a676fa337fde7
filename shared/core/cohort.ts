import { z } from 'zod';
import { canonicalString } from './canonical-json.ts';
import { foldEmail } from './email.ts';
import type { Sha256Stream } from './hashing.ts';
import { checkName } from './person-name.ts';
import { SIGNUP_DATE_MAX_LENGTH, checkSignupDate } from './signup-date.ts';
import { checkStripeCustomerId } from './stripe-customer-id.ts';

/**
 * One record of a cohort in its canonical form: the address folded, the name as it is kept, the Stripe id
 * as it is. What is not already canonical is refused, never repaired: a repaired record would hash to
 * another cohort than the one that was approved.
 */
export const cohortRecordSchema = z.strictObject({
  email: z.string().refine(isCanonicalEmail, 'must be a folded e-mail address'),
  full_name: z.string().refine(isCanonicalName, 'must be a name, trimmed, NFC, single spaces'),
  signup_date: z.string().max(SIGNUP_DATE_MAX_LENGTH).refine(isCanonicalDate, 'must be text as a check keeps it').optional(),
  stripe_customer_id: z.string().refine(isCanonicalStripeId, 'must be a Stripe customer id (cus_...)'),
});

export type CohortRecord = z.infer<typeof cohortRecordSchema>;

/**
 * The line of a record in the canonical form, without its LF: keys in ASCII order, no spaces. The record
 * must be canonical: addresses and Stripe ids hold nothing that JSON would escape.
 */
export function canonicalRecordLine(record: CohortRecord): string {
  const date = record.signup_date === undefined ? '' : `"signup_date":${canonicalString(record.signup_date)},`;
  return `{"email":"${record.email}","full_name":${canonicalString(record.full_name)},${date}"stripe_customer_id":"${record.stripe_customer_id}"}`;
}

/** Takes records one by one, in file order; `digestHex` names the cohort. */
export type CohortHash = { readonly add: (record: CohortRecord) => void; readonly digestHex: () => string };

/** Hashes a cohort as it streams by, holding no record: SHA-256 of its canonical lines, each ended by LF. */
export function startCohortHash(stream: Sha256Stream): CohortHash {
  return {
    add: (record) => stream.update(`${canonicalRecordLine(record)}\n`),
    digestHex: () => stream.digestHex(),
  };
}

function isCanonicalEmail(text: string): boolean {
  const folded = foldEmail(text);
  return folded.ok && folded.email === text;
}

function isCanonicalName(text: string): boolean {
  const checked = checkName(text);
  return checked.ok && checked.name === text;
}

function isCanonicalDate(text: string): boolean {
  return checkSignupDate(text).date === text;
}

function isCanonicalStripeId(text: string): boolean {
  const checked = checkStripeCustomerId(text);
  return checked.ok && checked.id === text;
}
