import { describe, expect, it } from 'vitest';
import { checkSignupDate } from './signup-date.ts';
import { checkStripeCustomerId } from './stripe-customer-id.ts';

describe('a Stripe customer id', () => {
  it('is kept as it is, outer spaces apart', () => {
    expect(checkStripeCustomerId(' cus_Ab1 ')).toEqual({ ok: true, id: 'cus_Ab1' });
  });

  it.each([
    ['', 'stripe_id_missing'],
    ['n/a', 'stripe_id_missing'],
    ['1.00E+15', 'stripe_id_number'],
    ['cus_', 'stripe_id_malformed'],
    ["cus_1'; DROP TABLE users;--", 'stripe_id_malformed'],
    ['../../admin', 'stripe_id_malformed'],
    ['CUS_A1', 'stripe_id_malformed'],
    ['cus_\u0410', 'stripe_id_malformed'],
    [`cus_${'a'.repeat(252)}`, 'stripe_id_too_long'],
  ])('refuses %j as %s', (raw, code) => {
    expect(checkStripeCustomerId(raw)).toEqual({ ok: false, code });
  });
});

describe('a signup date', () => {
  it.each([
    ['2023-04-05', '2023-04-05', undefined],
    ['2024-02-29T10:00:00Z', '2024-02-29T10:00:00Z', undefined],
    [' 25/12/2023 ', '25/12/2023', undefined],
    ['5 Apr 2023', '5 Apr 2023', undefined],
    ['April 5, 2023', 'April 5, 2023', undefined],
    ['', undefined, undefined],
    ['NULL', undefined, undefined],
    ['04/05/2023', '04/05/2023', 'signup_date_ambiguous'],
    ['2023-02-29', '2023-02-29', 'signup_date_unreadable'],
    ['45021', '45021', 'signup_date_unreadable'],
    ['soon', 'soon', 'signup_date_unreadable'],
    ['2023\u0000', undefined, 'signup_date_dropped'],
    ['x'.repeat(65), undefined, 'signup_date_dropped'],
  ])('%j is kept as %j and warns %s', (raw, date, warning) => {
    expect(checkSignupDate(raw)).toEqual({ date, warning });
  });
});
