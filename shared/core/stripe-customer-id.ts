import { isPlaceholder } from './placeholder.ts';

/** Stripe keeps object ids within 255 characters. */
export const STRIPE_CUSTOMER_ID_MAX_LENGTH = 255;

export type StripeIdRejectCode = 'stripe_id_missing' | 'stripe_id_too_long' | 'stripe_id_number' | 'stripe_id_malformed';

export type CheckedStripeId = { readonly ok: true; readonly id: string } | { readonly ok: false; readonly code: StripeIdRejectCode };

const CUSTOMER_ID = /^cus_[A-Za-z0-9]+$/;
const SPREADSHEET_NUMBER = /^[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?$/;

/**
 * Trims and checks a Stripe customer id: `cus_` and letters or digits, case kept, for Stripe's ids are
 * case-sensitive. Never throws, linear in the length.
 */
export function checkStripeCustomerId(raw: string): CheckedStripeId {
  if (raw.length > 4 * STRIPE_CUSTOMER_ID_MAX_LENGTH) return { ok: false, code: 'stripe_id_too_long' };
  const id = raw.trim();
  if (id.length > STRIPE_CUSTOMER_ID_MAX_LENGTH) return { ok: false, code: 'stripe_id_too_long' };
  if (CUSTOMER_ID.test(id)) return { ok: true, id };
  if (id.length === 0 || isPlaceholder(id)) return { ok: false, code: 'stripe_id_missing' };
  return { ok: false, code: SPREADSHEET_NUMBER.test(id) ? 'stripe_id_number' : 'stripe_id_malformed' };
}
