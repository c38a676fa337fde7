import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { receiptSchema } from '../../shared/contract/admin/runs.ts';
import { journalHeadSchema, signerProofText, signerSchema } from '../../shared/contract/admin/signers.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { parsePublicKeyLine, publicKeyLine } from '../../shared/core/ssh-public-key.ts';
import { redactItem } from '../../shared/core/redaction.ts';
import { runItemSchema } from '../../shared/core/run-item.ts';
import { signSshsig, verifySshsig } from '../../shared/core/sshsig.ts';
import { declareTestMigration, fileTestRun, openTestStore, type TestStore } from '../../tests/support/test-store.ts';
import { createApp } from '../app.ts';
import { createTokenReader } from '../guards/token.ts';
import { ed25519FromSeed, sha512Bytes, verifyEd25519, type Ed25519Key } from '../receipts/ed25519.ts';
import { enterReceiptKey, listReceiptKeys } from '../receipts/receipt-key-history.ts';
import { newReceiptKeySetting, readReceiptKey } from '../receipts/receipt-key.ts';
import { journalHeadRoutes } from './journal-heads.ts';
import { receiptRoutes } from './receipt.ts';
import { signerRoutes } from './signers.ts';

const environment = { id: 'env-test', name: 'Test', kind: 'staging' as const };
const secret = randomBytes(32);
const key = readReceiptKey(newReceiptKeySetting(randomBytes));
let test: TestStore;
let app: FastifyInstance;
let runId = '';
const failures: unknown[] = [];

async function token(sub: string, scope: string): Promise<string> {
  return new SignJWT({ scope }).setProtectedHeader({ alg: 'HS256' }).setIssuer(environment.id).setAudience('drydock-admin').setSubject(sub).setJti(randomUUID()).setIssuedAt().setExpirationTime('1h').sign(secret);
}
async function call(method: 'GET' | 'POST', url: string, asked: { sub?: string; scope?: string; body?: object } = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  const { sub = 'olga', scope = 'migration:write', body } = asked;
  const headers = { authorization: `Bearer ${await token(sub, scope)}`, 'idempotency-key': randomUUID() };
  const answer = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

function textOf(answer: { readonly body: Record<string, unknown> }, name: string): string {
  return z.string().parse(answer.body[name]);
}

beforeAll(async () => {
  test = await openTestStore();
  await test.store.inAdminTx(async (tx) => enterReceiptKey(tx, key, environment.id));
  const readToken = createTokenReader({ kind: 'secret', secret }, environment.id, () => new Date());
  const routes = [
    signerRoutes({ store: test.store, environmentId: environment.id }),
    journalHeadRoutes({ store: test.store }),
    receiptRoutes({ store: test.store, environment, key, randomBytes }),
  ];
  app = createApp({ store: test.store, readToken, trustedProxies: [], logFailure: (failure) => failures.push(failure), routes });
  await declareTestMigration(test, 'm1');
  runId = await fileRunWithItems(2500);
});
afterAll(async () => {
  await app.close();
  await test.store.close();
});

async function fileRunWithItems(count: number): Promise<string> {
  const rows = Array.from({ length: count }, (_, index) => ({ email: `p${index}@shop.example`, userId: null }));
  const filed = await fileTestRun(test, 'm1', rows);
  await test.asLogin(
    `insert into run_items (run_id, seq, row_no, cohort, key, outcome, item)
     select $1, row_no, row_no, cohort, key, 'applied', jsonb_build_object('seq', row_no, 'row', row_no, 'email', key, 'user_id', 'u-' || row_no, 'outcome', 'applied',
       'before', null, 'after', jsonb_build_object('stripe_customer_id', 'cus_' || row_no, 'emails', jsonb_build_array(key)), 'at', '2025-08-09T10:00:00.000Z')
     from plans join plan_rows using (plan_no) join cohort_members using (cohort, row_no) where plan_hash = $2`,
    [filed.runId, filed.planHash],
  );
  await test.asLogin(`update runs set state = 'completed', requested_by = 'olga', counts = $2, ended_at = now() where id = $1`, [filed.runId, JSON.stringify({ applied: count })]);
  await test.asLogin(`insert into approvals (id, migration_id, plan_hash, decision, decided_by, comment, expires_at, decided_at) values ($1, 'm1', $2, 'approve', 'arthur', '', now(), now() - interval '1 minute')`, [randomUUID(), filed.planHash]);
  return filed.runId;
}

describe('receipts', () => {
  it('state a run, signed over their very bytes, with the hashes of its items in both forms', async () => {
    const answer = await call('GET', `/admin/runs/${runId}/receipt`, { scope: 'migration:read' });
    expect(answer.status).toBe(200);
    const { receipt: text, signature, redaction_key: redactionKey } = answer.body as { receipt: string; signature: string; redaction_key: string };
    const verdict = verifySshsig({ armored: signature, message: Buffer.from(text), namespace: 'drydock-receipt', verify: verifyEd25519, sha512: sha512Bytes });
    expect(verdict).toEqual({ verdict: 'good', publicKey: parsePublicKeyLine(key.publicKeyLine) });
    const receipt = receiptSchema.parse(JSON.parse(text));
    expect(text).toBe(`${canonicalJson(receipt)}\n`);
    expect(receipt).toMatchObject({ environment, run_id: runId, requested_by: 'olga', approved_by: ['arthur'], items: 2500, state: 'completed', counts: { applied: 2500, failed: 0 } });

    const plain = createHash('sha256');
    const redacted = createHash('sha256');
    const keyed = (value: string): string => createHmac('sha256', Buffer.from(redactionKey, 'base64')).update(value).digest('hex');
    for (const row of await test.asLogin('select item from run_items where run_id = $1 order by seq', [runId])) {
      const item = runItemSchema.parse(row['item']);
      plain.update(`${canonicalJson(item)}\n`);
      redacted.update(`${canonicalJson(redactItem(item, keyed))}\n`);
    }
    expect(receipt.items_sha256).toBe(plain.digest('hex'));
    expect(receipt.redacted_items_sha256).toBe(redacted.digest('hex'));
    expect(text).not.toContain('shop.example');
  });

  it('are issued anew with the same hashes and the same redaction key', async () => {
    const first = await call('GET', `/admin/runs/${runId}/receipt`);
    const second = await call('GET', `/admin/runs/${runId}/receipt`);
    const [one, other] = [first, second].map((answer) => receiptSchema.parse(JSON.parse(textOf(answer, 'receipt'))));
    expect(second.body['redaction_key']).toBe(first.body['redaction_key']);
    expect({ ...other, issued_at: '' }).toEqual({ ...one, issued_at: '' });
    expect(Date.parse(other?.issued_at ?? '')).toBeGreaterThanOrEqual(Date.parse(one?.issued_at ?? ''));
  });

  it('wait while a batch may be in flight, and know no run but their own', async () => {
    await declareTestMigration(test, 'm2');
    const { runId: running } = await fileTestRun(test, 'm2', [{ email: 'q@shop.example', userId: null }]);
    expect(await call('GET', `/admin/runs/${running}/receipt`)).toMatchObject({ status: 409, body: { code: 'receipt_not_ready' } });
    await test.asLogin(`update runs set state = 'paused' where id = $1`, [running]);
    expect(await call('GET', `/admin/runs/${running}/receipt`)).toMatchObject({ status: 200 });
    expect(await call('GET', `/admin/runs/${randomUUID()}/receipt`)).toMatchObject({ status: 404, body: { code: 'unknown_run' } });
  });
});

describe('receipt keys', () => {
  it('are read from base64 of 32 bytes alone, and say nothing of a bad one', () => {
    const setting = Buffer.alloc(32, 250).toString('base64');
    expect(readReceiptKey(`${setting}\n`).publicKeyLine).toBe(readReceiptKey(Buffer.alloc(32, 250).toString('base64url')).publicKeyLine);
    for (const bad of ['', 'secret words', setting.slice(4), `${setting}AAAA`]) {
      expect(() => readReceiptKey(bad)).toThrow(RangeError);
      expect(() => readReceiptKey(bad)).not.toThrow(/secret words/);
    }
  });

  it('are all kept: a new one ends the one before, and an ended one cannot come back', async () => {
    const next = readReceiptKey(newReceiptKeySetting(randomBytes));
    await test.store.inAdminTx(async (tx) => enterReceiptKey(tx, next, environment.id));
    await test.store.inAdminTx(async (tx) => enterReceiptKey(tx, next, environment.id));
    const keys = await test.store.inReadTx(listReceiptKeys);
    expect(keys.map((each) => [each.fingerprint, each.validBefore === null])).toEqual([[key.fingerprint, false], [next.fingerprint, true]]);
    await expect(test.store.inAdminTx(async (tx) => enterReceiptKey(tx, key, environment.id))).rejects.toThrow(/replaced before/);
  });
});

describe('signers', () => {
  const proof = (signer: Ed25519Key, sub: string, of = signer, environmentId = environment.id): string =>
    signSshsig({ message: Buffer.from(signerProofText(environmentId, sub, publicKeyLine(of.publicKey))), namespace: 'drydock-signer', ...signer, sha512: sha512Bytes });
  const newKey = (): Ed25519Key => ed25519FromSeed(randomBytes(32));
  const register = async (sub: string, mine: Ed25519Key, over: object = {}, scope = 'migration:write') =>
    call('POST', '/admin/signers', { sub, scope, body: { public_key: publicKeyLine(mine.publicKey), proof: proof(mine, sub), ...over } });

  it('register a first key with its own proof, once, and are listed with dates', async () => {
    const mine = newKey();
    const first = await register('olga', mine);
    expect(first).toMatchObject({ status: 201, body: { kind: 'operator', principal: 'olga', revoked_at: null } });
    expect(await register('olga', mine)).toMatchObject({ status: 200, body: { fingerprint: first.body['fingerprint'] } });
    const listed = await call('GET', '/admin/signers', { scope: 'migration:approve' });
    const items = signerSchema.array().parse(listed.body['items']);
    expect(items.map((item) => item.kind)).toEqual(['receipt', 'receipt', 'operator']);
    expect(items[0]?.allowed_signers_line).toMatch(/^drydock-server@env-test namespaces="drydock-receipt",valid-after="\d{14}Z",valid-before="\d{14}Z" ssh-ed25519 /);
    expect(items[2]?.allowed_signers_line).toMatch(/^olga namespaces="drydock-report",valid-after="\d{14}Z" ssh-ed25519 /);
  });

  it('page by page give each once', async () => {
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const page = await call('GET', `/admin/signers?limit=1${after}`);
      seen.push(...signerSchema.array().parse(page.body['items']).map((item) => item.fingerprint));
      if (page.body['next_cursor'] === null) break;
      after = `&after=${encodeURIComponent(textOf(page, 'next_cursor'))}`;
    }
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(new Set(seen).size).toBe(seen.length);
    expect(await call('GET', '/admin/signers?after=nothing')).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
  });

  it('refuse a proof that is of another key, person, environment or purpose', async () => {
    const mine = newKey();
    const text = Buffer.from(signerProofText(environment.id, 'pia', publicKeyLine(mine.publicKey)));
    const bad = [proof(newKey(), 'pia', mine), proof(mine, 'olga'), proof(mine, 'pia', mine, 'env-other'), signSshsig({ message: text, namespace: 'drydock-report', ...mine, sha512: sha512Bytes }), 'no proof'];
    for (const each of bad) expect(await register('pia', mine, { proof: each })).toMatchObject({ status: 422, body: { code: 'signer_proof_invalid' } });
    expect(await register('pia', mine, { public_key: 'ssh-rsa AAAA' })).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    expect(await register('pia,olga', mine)).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    expect(await register('pia', mine, {}, 'migration:read')).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect(await register('pia', mine, { sub: 'olga', proof: proof(mine, 'olga') })).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
  });

  it('take a second key only with a live former one or from an approver, and a key for one person only', async () => {
    const [first, second, third, fourth] = [newKey(), newKey(), newKey(), newKey()];
    const registered = await register('quinn', first);
    expect(registered.status).toBe(201);
    expect(await register('rosa', first)).toMatchObject({ status: 409, body: { code: 'signer_conflict' } });
    expect(await register('quinn', second)).toMatchObject({ status: 409, body: { code: 'signer_conflict' } });
    expect(await register('quinn', second, { proof_by_former_key: proof(third, 'quinn', second) })).toMatchObject({ status: 409 });
    expect(await register('quinn', second, { proof_by_former_key: proof(first, 'quinn', second) })).toMatchObject({ status: 201 });
    const byApprover = { public_key: publicKeyLine(third.publicKey), proof: proof(third, 'quinn'), sub: 'quinn' };
    expect(await call('POST', '/admin/signers', { sub: 'arthur', scope: 'migration:approve', body: byApprover })).toMatchObject({ status: 201, body: { principal: 'quinn' } });

    const revoke = `/admin/signers/${encodeURIComponent(textOf(registered, 'fingerprint'))}/revoke`;
    expect(await call('POST', revoke, { sub: 'rosa', body: {} })).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    const revoked = await call('POST', revoke, { sub: 'quinn', body: { reason: 'laptop lost' } });
    expect(revoked.status).toBe(200);
    expect(Date.parse(textOf(revoked, 'revoked_at'))).toBeGreaterThan(0);
    expect(textOf(revoked, 'allowed_signers_line')).toMatch(/^# revoked /);
    expect((await call('POST', revoke, { sub: 'quinn', body: {} })).body['revoked_at']).toBe(revoked.body['revoked_at']);
    expect(await register('quinn', fourth, { proof_by_former_key: proof(first, 'quinn', fourth) })).toMatchObject({ status: 409 });
    expect(await register('quinn', first)).toMatchObject({ status: 409 });
    expect(await call('POST', '/admin/signers/SHA256:nobody/revoke', { body: {} })).toMatchObject({ status: 404, body: { code: 'unknown_signer' } });
  });
});

describe('the end of a key', () => {
  const proof = (signer: Ed25519Key, of: Ed25519Key): string =>
    signSshsig({ message: Buffer.from(signerProofText(environment.id, 'rita', publicKeyLine(of.publicKey))), namespace: 'drydock-signer', ...signer, sha512: sha512Bytes });
  const keys = Array.from({ length: 5 }, () => ed25519FromSeed(randomBytes(32)));
  const [first, second, third, fourth, stranger] = keys as [Ed25519Key, Ed25519Key, Ed25519Key, Ed25519Key, Ed25519Key];
  const register = async (mine: Ed25519Key, over: object = {}) => call('POST', '/admin/signers', { sub: 'rita', body: { public_key: publicKeyLine(mine.publicKey), proof: proof(mine, mine), ...over } });
  const listed = async (key: Ed25519Key) => {
    const { body } = await call('GET', '/admin/signers?limit=1000');
    return signerSchema.array().parse(body['items']).find((signer) => signer.public_key === publicKeyLine(key.publicKey));
  };

  it('comes where another takes its place, in one step: it keeps its line until then, and vouches for none after', async () => {
    expect(await register(first)).toMatchObject({ status: 201, body: { valid_until: null } });
    expect(await register(second, { proof_by_former_key: proof(stranger, second), ends_former_key: true })).toMatchObject({ status: 409, body: { code: 'signer_conflict' } });
    expect(await register(second, { ends_former_key: true })).toMatchObject({ status: 409, body: { code: 'signer_conflict' } });
    expect((await listed(first))?.valid_until).toBeNull();
    const over = { proof_by_former_key: proof(first, second), ends_former_key: true };
    expect(await register(second, over)).toMatchObject({ status: 201, body: { valid_until: null } });
    const ended = await listed(first);
    expect(ended).toMatchObject({ valid_until: (await listed(second))?.valid_from, revoked_at: null });
    expect(ended?.allowed_signers_line).toMatch(/^rita namespaces="drydock-report",valid-after="\d{14}Z",valid-before="\d{14}Z" ssh-ed25519 /);
    expect(await register(third, { proof_by_former_key: proof(first, third), ends_former_key: true })).toMatchObject({ status: 409 });
    expect(await register(third, { proof_by_former_key: proof(first, third) })).toMatchObject({ status: 409 });
    expect(await register(first)).toMatchObject({ status: 409, body: { code: 'signer_conflict' } });
    // Asked once more with a fresh key after a lost reply: the same answer, and nothing else ends.
    expect(await register(second, { proof_by_former_key: proof(second, second), ends_former_key: true })).toMatchObject({ status: 200, body: { valid_until: null } });
  });

  it('comes on the day that was named, which must lie ahead and does not move away', async () => {
    const vouched = { proof_by_former_key: proof(second, fourth) };
    for (const day of ['2020-01-01T00:00:00.000Z', 'tomorrow']) expect(await register(fourth, { ...vouched, valid_until: day }), day).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    const day = new Date(Date.now() + 86_400_000).toISOString();
    expect(await register(fourth, { ...vouched, valid_until: day })).toMatchObject({ status: 201, body: { valid_until: day } });
    expect((await listed(fourth))?.allowed_signers_line).toContain(`valid-before="${day.slice(0, 19).replaceAll(/[-:T]/g, '')}Z"`);
    const { fingerprint = '' } = (await listed(fourth)) ?? {};
    await expect(test.asLogin('update signers set valid_until = null where fingerprint = $1', [fingerprint])).rejects.toThrow(/move away/);
    await test.asLogin(`update signers set valid_until = now() - interval '1 second' where fingerprint = $1`, [fingerprint]);
    expect(await register(third, { proof_by_former_key: proof(fourth, third) })).toMatchObject({ status: 409 });
    const revoked = await call('POST', `/admin/signers/${encodeURIComponent(fingerprint)}/revoke`, { sub: 'rita', body: {} });
    expect(textOf(revoked, 'allowed_signers_line')).toMatch(/^# revoked /);
  });
});

describe('journal heads', () => {
  const post = async (journal: string, seq: number, digit: string) => call('POST', '/admin/journal-heads', { body: { journal_id: journal, seq, hash: digit.repeat(64) } });

  it('are anchored once each, and a known place with another hash is a fork', async () => {
    expect(await post('j-1', 5, 'a')).toMatchObject({ status: 201, body: { sub: 'olga', seq: 5 } });
    expect(await post('j-1', 5, 'a')).toMatchObject({ status: 200, body: { seq: 5 } });
    expect(await post('j-1', 5, 'b')).toMatchObject({ status: 409, body: { code: 'journal_forked' } });
    expect(await post('j-2', 5, 'b')).toMatchObject({ status: 201 });
    expect(await call('POST', '/admin/journal-heads', { scope: 'migration:read', body: { journal_id: 'j-1', seq: 6, hash: 'a'.repeat(64) } })).toMatchObject({ status: 403 });
  });

  it('are listed page by page, and the newest of the asker stands in the receipt', async () => {
    for (const seq of [12, 7, 10]) await post('j-1', seq, 'c');
    const all: number[] = [];
    for (let after = ''; ; ) {
      const page = await call('GET', `/admin/journal-heads?journal_id=j-1&limit=2${after}`);
      all.push(...journalHeadSchema.array().parse(page.body['items']).map((head) => head.seq));
      if (page.body['next_cursor'] === null) break;
      after = `&after=${encodeURIComponent(textOf(page, 'next_cursor'))}`;
    }
    expect(all).toEqual([5, 7, 10, 12]);
    expect(journalHeadSchema.array().parse((await call('GET', '/admin/journal-heads')).body['items'])).toHaveLength(5);
    const receipt = receiptSchema.parse(JSON.parse(textOf(await call('GET', `/admin/runs/${runId}/receipt`), 'receipt')));
    expect(receipt.journal_head).toEqual({ journal_id: 'j-1', seq: 10, hash: 'c'.repeat(64) });
    expect(failures).toEqual([]);
  });
});
