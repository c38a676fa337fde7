import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalRecordLine, cohortRecordSchema, startCohortHash } from './cohort.ts';
import { canonicalJson } from './canonical-json.ts';

const ann = { email: 'ann0@example.com', full_name: 'Ann "Zo\u00eb" Lee', signup_date: '2023-04-05', stripe_customer_id: 'cus_ANN1' };
const bob = { email: 'bob@example.com', full_name: 'Bob', stripe_customer_id: 'cus_BOB1' };

describe('a cohort record', () => {
  it('has one line: keys in ASCII order, no spaces, the date left out when there is none', () => {
    expect(canonicalRecordLine(ann)).toBe('{"email":"ann0@example.com","full_name":"Ann \\"Zo\u00eb\\" Lee","signup_date":"2023-04-05","stripe_customer_id":"cus_ANN1"}');
    expect(canonicalRecordLine(bob)).toBe('{"email":"bob@example.com","full_name":"Bob","stripe_customer_id":"cus_BOB1"}');
    expect(canonicalRecordLine(ann)).toBe(canonicalJson(ann));
  });

  it('is refused, not repaired, when it is not canonical', () => {
    expect(cohortRecordSchema.safeParse(ann).success).toBe(true);
    expect(cohortRecordSchema.safeParse(bob).success).toBe(true);
    for (const change of [{ email: 'ANN0@example.com' }, { full_name: ' Ann' }, { full_name: 'Ann  Lee' }, { full_name: 'Zoe\u0308' }, { stripe_customer_id: 'cus_1 ' }, { signup_date: '' }, { extra: 'x' }]) {
      expect(cohortRecordSchema.safeParse({ ...ann, ...change }).success).toBe(false);
    }
  });

  it('names the cohort by the SHA-256 of its lines, each ended by LF', () => {
    const hash = createHash('sha256');
    const cohort = startCohortHash({ update: (text) => void hash.update(text), digestHex: () => hash.digest('hex') });
    cohort.add(ann);
    cohort.add(bob);
    const text = `${canonicalJson(ann)}\n${canonicalJson(bob)}\n`;
    expect(cohort.digestHex()).toBe(createHash('sha256').update(text).digest('hex'));
  });
});

describe('canonical JSON', () => {
  it('orders keys by ASCII at every depth and leaves absent ones out', () => {
    expect(canonicalJson({ b: [1, { z: null, A: true }], a: 'x\ny', c: undefined })).toBe('{"a":"x\\ny","b":[1,{"A":true,"z":null}]}');
  });

  it('refuses what would not be the same text everywhere', () => {
    expect(() => canonicalJson(Number.NaN)).toThrow(TypeError);
    expect(() => canonicalJson({ a: 'x\ud800' })).toThrow(TypeError);
  });
});
