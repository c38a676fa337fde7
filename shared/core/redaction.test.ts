import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { redactItem } from './redaction.ts';
import { runItemSchema, type RunItem } from './run-item.ts';

const keyed = (key: string) => (text: string): string => createHmac('sha256', key).update(text).digest('hex');
const personal = ['ann@shop.example', 'old@shop.example', 'u-1', 'cus_123', 'customers.csv', 'Ann has signed in since', 'the address of Ann is taken'];
const common = { seq: 1, row: 4, email: 'ann@shop.example', user_id: 'u-1', at: '2025-08-09T10:00:00.000Z' };
const facts = { 'auth.must_reset_password': true, stripe_customer_id: 'cus_123', 'migration.cohort': '2025-08-09-csv', 'migration.source_file': 'customers.csv', emails: ['ann@shop.example', 'old@shop.example'], candidates: 1 };
const items: readonly RunItem[] = [
  { ...common, outcome: 'applied', before: { ...facts, stripe_customer_id: null }, after: facts },
  { ...common, outcome: 'drifted', before: null, after: null, planned: facts, now: facts, reason: 'Ann has signed in since' },
  { ...common, outcome: 'failed', before: null, after: null, code: 'email_taken', message: 'the address of Ann is taken', field: 'emails' },
];

describe('redaction of items', () => {
  it('leaves no personal text, and keeps what tells the outcome', () => {
    for (const item of items) {
      const redacted = redactItem(item, keyed('k'));
      expect(runItemSchema.parse(redacted)).toEqual(redacted);
      const text = canonicalJson(redacted);
      for (const word of personal) expect(text, word).not.toContain(word);
      expect(redacted).toMatchObject({ seq: 1, row: 4, outcome: item.outcome, at: item.at });
    }
    expect(redactItem(items[0] ?? never(), keyed('k')).after).toMatchObject({ 'auth.must_reset_password': true, 'migration.cohort': '2025-08-09-csv', candidates: 1 });
  });

  it('gives one word for one text in a run, and another in another run', () => {
    const [applied, drifted] = items.map((item) => redactItem(item, keyed('k')));
    expect(applied?.email).toMatch(/^redacted:[0-9a-f]{32}$/);
    expect(applied?.after?.['emails']).toEqual([applied?.email, expect.stringMatching(/^redacted:/)]);
    expect(drifted?.email).toBe(applied?.email);
    expect(redactItem(items[0] ?? never(), keyed('other')).email).not.toBe(applied?.email);
  });
});

function never(): never {
  throw new Error('there is an item');
}
