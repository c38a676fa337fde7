import type { z } from 'zod';
import type { inlineRecordSchema } from '../../shared/contract/admin/plans.ts';
import type { CohortRecord } from '../../shared/core/cohort.ts';
import { foldEmail } from '../../shared/core/email.ts';
import { checkName } from '../../shared/core/person-name.ts';
import { checkSignupDate } from '../../shared/core/signup-date.ts';
import { checkStripeCustomerId } from '../../shared/core/stripe-customer-id.ts';
import { Refusal } from '../guards/refusal.ts';

type FieldError = { readonly path: string; readonly message: string };

/**
 * Folds and checks records by the rules that the parser of a file goes by (A21). Throws `Refusal('invalid_request')`
 * with the path and the code of everything that is wrong; a person who is named twice is refused too, for a request
 * has no later row to drop.
 */
export function readInlineRecords(records: readonly z.infer<typeof inlineRecordSchema>[]): readonly CohortRecord[] {
  const errors: FieldError[] = [];
  const firstRow = new Map<string, number>();
  const read = records.flatMap((record, index) => {
    const canonical = readRecord(record, `records.${index}`, errors);
    if (canonical === undefined) return [];
    const first = firstRow.get(canonical.email);
    if (first !== undefined) errors.push({ path: `records.${index}.email`, message: `duplicate of records.${first}.email` });
    else firstRow.set(canonical.email, index);
    return [canonical];
  });
  if (errors.length > 0) throw new Refusal('invalid_request', { errors });
  return read;
}

function readRecord(record: z.infer<typeof inlineRecordSchema>, path: string, errors: FieldError[]): CohortRecord | undefined {
  const email = foldEmail(record.email);
  const name = checkName(record.full_name);
  const stripe = checkStripeCustomerId(record.stripe_customer_id);
  const { date } = checkSignupDate(record.signup_date ?? '');
  if (!email.ok) errors.push({ path: `${path}.email`, message: email.code });
  if (!name.ok) errors.push({ path: `${path}.full_name`, message: name.code });
  if (!stripe.ok) errors.push({ path: `${path}.stripe_customer_id`, message: stripe.code });
  if (!email.ok || !name.ok || !stripe.ok) return undefined;
  return { email: email.email, full_name: name.name, ...(date === undefined ? {} : { signup_date: date }), stripe_customer_id: stripe.id };
}
