import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { parsePublicKeyLine } from '../../shared/core/ssh-public-key.ts';
import type { SecretStore } from '../environments/secret-store.ts';
import { createReportWorld, type ReportWorld, signerOf } from '../reports/report-world.testing.ts';
import { createSessionSecretStore } from '../environments/session-secret-store.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { createKnownSigners } from './known-signers.ts';
import { storedOperatorKey, waitingKey } from './operator-key.ts';
import { ensureRegistered, rotateKey } from './register-key.ts';

async function setUp() {
  const world = await createReportWorld();
  onTestFinished(() => world.close());
  const secrets = createSessionSecretStore();
  const clock = (): Date => new Date(time.now);
  const time = { now: '2025-08-09T12:00:00Z', set: (now: string) => [(time.now = now), world.setTime(now)] };
  const { exclusively } = world.journal;
  const parts = { home: world.home, clock, secrets, randomBytes, exclusively, known: createKnownSigners(world.home, clock, exclusively) };
  return { world, parts, time, environment: await world.environments.connect() };
}
const conflict = new OperatorError({ code: 'signer_conflict', title: 'Another key is registered for this person', detail: '', request_id: 'r' });

describe('registering the key', () => {
  it('happens once, and what the server said is remembered', async () => {
    const { world, parts, environment } = await setUp();
    const first = await ensureRegistered(environment, parts);
    const again = await ensureRegistered(environment, parts);
    expect(again.key.fingerprint).toBe(first.key.fingerprint);
    expect(world.signers.filter((signer) => signer.kind === 'operator')).toHaveLength(1);
    expect(parts.known.remembered(environment.id)).toMatchObject([{ sub: 'olga', signers: again.signers, seen_at: '2025-08-09T12:00:00.000Z' }]);
  });

  it('makes a new key where the old one was revoked', async () => {
    const { world, parts, environment } = await setUp();
    const { key } = await ensureRegistered(environment, parts);
    const place = world.signers.findIndex((signer) => signer.fingerprint === key.fingerprint);
    const mine = world.signers[place];
    if (mine === undefined) throw new Error('the key is not registered');
    world.signers[place] = { ...mine, revoked_at: '2025-08-10T00:00:00.000Z' };
    expect((await ensureRegistered(environment, parts)).key.fingerprint).not.toBe(key.fingerprint);
  });

  it('asks for an approver where another key is there, with a file that holds all they send', async () => {
    const { parts, environment } = await setUp();
    const refusing = { ...environment, write: async () => Promise.reject(conflict) };
    await expect(ensureRegistered(refusing, parts)).rejects.toThrow('signer_conflict');
    const request = z.strictObject({ public_key: z.string(), proof: z.string(), sub: z.literal('olga') }).parse(JSON.parse(readFileSync(join(parts.home, 'signer-request.json'), 'utf8')));
    expect(request.proof).toContain('BEGIN SSH SIGNATURE');
  });

  it('plays the approver in the built-in practice alone', async () => {
    const { parts, environment } = await setUp();
    const asked: boolean[] = [];
    const practice: typeof environment = {
      ...environment,
      isBuiltIn: true,
      write: async (call, input) => {
        asked.push(input.asPracticeApprover === true);
        return input.asPracticeApprover === true ? environment.write(call, input) : Promise.reject(conflict);
      },
    };
    await ensureRegistered(practice, parts);
    expect(asked).toEqual([false, true]);
  });
});

describe('a new key in the place of the old', () => {
  const stateOf = async (world: ReportWorld) => (await world.handlers['keys.list']({}, world.caller)).items.filter(({ whose }) => whose === 'mine').map(({ state, in_use }) => (in_use ? `${state}, in use` : state));
  const mine = (parts: { readonly secrets: SecretStore }) => ({ secrets: parts.secrets, environmentId: 'env-world', sub: 'olga' });

  it('is vouched for by the old one, which ends and keeps verifying what it signed', async () => {
    const { world, parts, environment, time } = await setUp();
    const before = (await ensureRegistered(environment, parts)).key;
    time.set('2025-08-10T12:00:00Z');
    const after = await rotateKey(environment, parts, 30 * 86_400_000);
    expect(after.formerFingerprint).toBe(before.fingerprint);
    expect(world.signers.filter(({ kind }) => kind === 'operator').map(({ valid_until }) => valid_until)).toEqual(['2025-08-10T12:00:00.000Z', '2025-09-09T12:00:00.000Z']);
    expect((await ensureRegistered(environment, parts)).key.fingerprint).toBe(after.key.fingerprint);
    expect(storedOperatorKey(mine(parts))?.fingerprint).toBe(after.key.fingerprint);
    expect(waitingKey(mine(parts))).toBeUndefined();
  });

  it('is tried again when the process was killed before the server had it, and the old one signs until then', async () => {
    const { parts, environment } = await setUp();
    const before = (await ensureRegistered(environment, parts)).key;
    const killed = { ...environment, write: async () => Promise.reject(new Error('killed')) };
    await expect(rotateKey(killed, parts, undefined)).rejects.toThrow('killed');
    const waiting = waitingKey(mine(parts));
    expect((await ensureRegistered(environment, parts)).key.fingerprint).toBe(before.fingerprint);
    expect((await rotateKey(environment, parts, undefined)).key.fingerprint).toBe(waiting?.fingerprint);
  });

  it('takes the place at the next use when the process was killed after the server had it, and is not made twice', async () => {
    const { world, parts, environment } = await setUp();
    const before = (await ensureRegistered(environment, parts)).key;
    const killed: typeof environment = { ...environment, write: async (call, input) => environment.write(call, input).then(() => Promise.reject(new Error('killed'))) };
    await expect(rotateKey(killed, parts, undefined)).rejects.toThrow('killed');
    expect(storedOperatorKey(mine(parts))?.fingerprint).toBe(before.fingerprint);
    const after = await rotateKey(environment, parts, undefined);
    expect(after).toMatchObject({ formerFingerprint: before.fingerprint });
    expect(storedOperatorKey(mine(parts))?.fingerprint).toBe(after.key.fingerprint);
    expect(world.signers.filter(({ kind }) => kind === 'operator')).toHaveLength(2);
  });

  it('is one key when the process was killed between its two steps here', async () => {
    const { parts, environment } = await setUp();
    await ensureRegistered(environment, parts);
    const { secrets } = parts;
    const killed = { ...parts, secrets: { ...secrets, remove: () => { throw new Error('killed'); } } };
    await expect(rotateKey(environment, killed, undefined)).rejects.toThrow('killed');
    const now = storedOperatorKey(mine(parts))?.fingerprint;
    expect((await ensureRegistered(environment, parts)).key.fingerprint).toBe(now);
    const next = await rotateKey(environment, parts, undefined);
    expect([next.formerFingerprint, next.key.fingerprint === now]).toEqual([now, false]);
  });

  it('comes by itself in the last days of a key with an end, and where the server will not, the old one goes on', async () => {
    const { parts, environment, time } = await setUp();
    time.set('2025-08-09T12:00:00Z');
    await ensureRegistered(environment, parts);
    const { key } = await rotateKey(environment, parts, 30 * 86_400_000);
    time.set('2025-08-20T12:00:00Z');
    expect((await ensureRegistered(environment, parts)).key.fingerprint).toBe(key.fingerprint);
    time.set('2025-09-01T12:00:00Z');
    const refusing = { ...environment, write: async () => Promise.reject(conflict) };
    expect((await ensureRegistered(refusing, parts)).key.fingerprint).toBe(key.fingerprint);
    const { key: next, signers } = await ensureRegistered(environment, parts);
    expect(next.fingerprint).not.toBe(key.fingerprint);
    expect(signers.at(-1)?.valid_until).toBe('2025-10-01T12:00:00.000Z');
  });

  it('needs an approver once the old one has ended, says so, and takes the place when it was let in', async () => {
    const { world, parts, environment, time } = await setUp();
    await ensureRegistered(environment, parts);
    const { key } = await rotateKey(environment, parts, 30 * 86_400_000);
    time.set('2025-09-20T12:00:00Z');
    const refusing = { ...environment, write: async () => Promise.reject(conflict) };
    await expect(ensureRegistered(refusing, parts)).rejects.toMatchObject({ problem: { code: 'signer_conflict', detail: expect.stringContaining('ended on 2025-09-08T12:00:00.000Z') } });
    expect(storedOperatorKey(mine(parts))?.fingerprint).toBe(key.fingerprint);
    const asked = z.object({ public_key: z.string() }).parse(JSON.parse(readFileSync(join(parts.home, 'signer-request.json'), 'utf8')));
    world.signers.push(signerOf('operator', 'olga', parsePublicKeyLine(asked.public_key) ?? new Uint8Array(), new Date('2025-09-20T13:00:00Z')));
    time.set('2025-09-20T14:00:00Z');
    expect((await ensureRegistered(refusing, parts)).key.publicKeyLine).toBe(asked.public_key);
  });

  it('is listed with what became of the old one, also offline, and a revoked one stands in no line', async () => {
    const { world } = await setUp();
    const { handlers, caller } = world;
    expect((await handlers['keys.list']({}, caller)).items.map(({ whose }) => whose)).toEqual(['receipt']);
    await handlers['keys.rotate']({}, caller);
    const { fingerprint, former_fingerprint: former } = await handlers['keys.rotate']({}, caller);
    expect(await stateOf(world)).toEqual(['live, in use', 'ended']);
    expect((await handlers['reports.getSigners']({}, caller)).lines).toHaveLength(3);
    expect(await handlers['keys.revoke']({ fingerprint: former ?? '' }, caller)).toMatchObject({ state: 'revoked', in_use: false });
    const { lines } = await handlers['reports.getSigners']({}, caller);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['olga', 'drydock-server@env-world']);
    const receiptKey = world.signers[0]?.fingerprint ?? '';
    await expect(handlers['keys.revoke']({ fingerprint: receiptKey }, caller)).rejects.toThrow('receipt_key');

    world.server.isAway = true;
    expect(await handlers['reports.getSigners']({}, caller)).toEqual({ lines, seen_at: '2025-08-09T12:00:00.250Z' });
    expect(await handlers['keys.list']({}, caller)).toMatchObject({ sub: 'olga', seen_at: '2025-08-09T12:00:00.250Z', waiting_fingerprint: null });
    expect((await handlers['keys.list']({}, caller)).items[0]?.fingerprint).toBe(fingerprint);
  });
});
