import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sha256Stream } from './hashing.ts';
import { startPlanHash, type PlanHeader } from './plan-hash.ts';
import { planRowSchema, type PlanRow } from './plan-row.ts';

function sha256Stream(): Sha256Stream {
  const hash = createHash('sha256');
  return { update: (text) => void hash.update(text), digestHex: () => hash.digest('hex') };
}

function hashOf(header: PlanHeader, rows: readonly PlanRow[]): string {
  const planHash = startPlanHash(sha256Stream, header);
  for (const row of rows) planHash.add(row);
  return planHash.digestHex();
}

const header: PlanHeader = {
  environmentId: 'practice',
  migration: '2025-08-09',
  playbook: 'account-prep',
  playbookVersion: '1',
  cohort: 'a'.repeat(64),
  sourceFile: 'customers.csv',
  sourceSha256: 'b'.repeat(64),
  settings: { cohort_tag: '2025-08-09-csv' },
  credentialId: 'c1',
  only: null,
  decisions: [{ email: 'bob@example.com', as: 'skip' }],
};

const ann: PlanRow = {
  row: 1,
  email: 'ann@example.com',
  email_match: 'MATCH_EMAIL',
  match: 'MATCH_EMAIL',
  action: 'UPDATE_EXISTING',
  user_id: 'u1',
  changes: [{ field: 'stripe_customer_id', before: null, after: 'cus_1' }],
  warnings: ['name_differs'],
  precondition: { email_owner: 'u1', 'auth.must_reset_password': false, role: 'customer' },
};
const bob: PlanRow = { ...ann, row: 2, email: 'bob@example.com', action: 'SKIP', changes: [], warnings: [], reason: 'Left out.', precondition: {} };
const known = hashOf(header, [ann, bob]);

describe('a plan hash', () => {
  it('is the SHA-256 of canonical lines that anybody can write down', () => {
    const headerLine =
      `{"cohort":"${'a'.repeat(64)}","credential_id":"c1","decisions":[{"as":"skip","email":"bob@example.com"}],"environment_id":"practice","form":"drydock-plan-v2","migration":"2025-08-09","only":null,"playbook":"account-prep","playbook_version":"1","settings":{"cohort_tag":"2025-08-09-csv"},"source_file":"customers.csv","source_sha256":"${'b'.repeat(64)}"}`;
    const lines = [
      '{"action":"UPDATE_EXISTING","changes":[{"after":"cus_1","before":null,"field":"stripe_customer_id"}],"email":"ann@example.com","email_match":"MATCH_EMAIL","match":"MATCH_EMAIL","precondition":{"auth.must_reset_password":false,"email_owner":"u1","role":"customer"},"row":1,"user_id":"u1","warnings":["name_differs"]}',
      '{"action":"SKIP","changes":[],"email":"bob@example.com","email_match":"MATCH_EMAIL","match":"MATCH_EMAIL","precondition":{},"reason":"Left out.","row":2,"user_id":"u1","warnings":[]}',
    ];
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    expect(known).toBe(sha256(`${headerLine}\n${sha256(`${lines.join('\n')}\n`)}\n`));
    const far = { ...bob, row: 2001 };
    const farLine = lines[1]?.replace('"row":2,', '"row":2001,') ?? '';
    expect(hashOf(header, [ann, far])).toBe(sha256(`${headerLine}\n${sha256(`${lines[0] ?? ''}\n`)}\n${sha256(`${farLine}\n`)}\n`));
  });

  it('changes with each thing a plan is made of', () => {
    const headers: readonly Partial<PlanHeader>[] = [
      { environmentId: 'production' },
      { migration: '2025-08-10' },
      { playbook: 'credits' },
      { playbookVersion: '2' },
      { cohort: 'c'.repeat(64) },
      { sourceFile: 'other.csv' },
      { sourceFile: null },
      { sourceSha256: 'd'.repeat(64) },
      { settings: { cohort_tag: 'other' } },
      { settings: {} },
      { credentialId: 'c2' },
      { credentialId: null },
      { only: ['ann@example.com'] },
      { only: [] },
      { decisions: [] },
      { decisions: [{ email: 'bob@example.com', as: 'create' }] },
    ];
    const hashes = headers.map((change) => hashOf({ ...header, ...change }, [ann, bob]));
    expect(new Set([known, ...hashes]).size).toBe(headers.length + 1);
  });

  it('changes with each part of a row, with the order of the rows, and with one row more or less', () => {
    const changes: readonly Partial<PlanRow>[] = [
      { row: 3 },
      { email: 'ana@example.com' },
      { email_match: 'NO_EMAIL_MATCH' },
      { match: 'MATCH_NAME_UNIQUE' },
      { candidates: 2 },
      { action: 'NO_CHANGE' },
      { user_id: 'u2' },
      { user_id: null },
      { changes: [{ field: 'stripe_customer_id', before: null, after: 'cus_2' }] },
      { changes: [{ field: 'stripe_customer_id', before: '', after: 'cus_1' }] },
      { warnings: [] },
      { reason: 'Why.' },
      { precondition: { ...ann.precondition, 'auth.must_reset_password': true } },
      { precondition: { ...ann.precondition, more: null } },
    ];
    const hashes = changes.map((change) => hashOf(header, [{ ...ann, ...change }, bob]));
    expect(new Set([known, hashOf(header, [bob, ann]), hashOf(header, [ann]), hashOf(header, [ann, bob, bob]), ...hashes]).size).toBe(changes.length + 4);
  });

  it('is the same after rows went over the wire, whatever the order of their keys', () => {
    const factArb = fc.oneof(fc.string({ unit: 'grapheme' }), fc.boolean(), fc.constant(null), fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 }));
    const preconditionArb = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), factArb, { noNullPrototype: true });
    fc.assert(
      fc.property(preconditionArb, fc.string({ unit: 'grapheme' }), (precondition, reason) => {
        const row = { ...ann, reason, precondition };
        const turned = Object.fromEntries(Object.entries({ ...row, precondition: Object.fromEntries(Object.entries(precondition).reverse()) }).reverse());
        const again = planRowSchema.parse(JSON.parse(JSON.stringify(turned)));
        expect(hashOf(header, [again])).toBe(hashOf(header, [row]));
      }),
      { seed: 20250809, numRuns: 500 },
    );
  });

  it('does not depend on the order in which people were named or decided about', () => {
    const decisions = [{ email: 'bob@example.com', as: 'skip' }, { email: 'ann@example.com', as: 'create' }] as const;
    expect(hashOf({ ...header, decisions }, [ann])).toBe(hashOf({ ...header, decisions: [...decisions].reverse() }, [ann]));
    expect(hashOf({ ...header, only: ['b', 'a', 'b'] }, [ann])).toBe(hashOf({ ...header, only: ['a', 'b'] }, [ann]));
  });
});
