import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createReportWorld } from '../reports/report-world.testing.ts';
import { createSessionSecretStore } from '../environments/session-secret-store.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { createKnownSigners } from './known-signers.ts';
import { ensureRegistered } from './register-key.ts';

async function setUp() {
  const world = await createReportWorld();
  onTestFinished(() => world.close());
  const secrets = createSessionSecretStore();
  const parts = { home: world.home, secrets, randomBytes, known: createKnownSigners(world.home, () => new Date('2025-08-09T12:00:00Z'), world.journal.exclusively) };
  return { world, parts, environment: await world.environments.connect() };
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
