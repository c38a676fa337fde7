import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Signer } from '../../shared/contract/admin/signers.ts';
import { temporaryHome } from '../operator.testing.ts';
import { signerOf } from '../reports/report-world.testing.ts';
import { stubSession } from '../stub-admin-api.testing.ts';
import { ed25519FromSeed } from './ed25519.ts';
import { createKnownSigners } from './known-signers.ts';

const receiptKeyFrom = (at: string): Signer => signerOf('receipt', 'drydock-server@practice', ed25519FromSeed(randomBytes(32)).publicKey, new Date(at));
const server = (...signers: readonly [Signer, ...Signer[]]) => ({
  id: 'practice',
  session: { ...stubSession, receipt_public_key: (signers.at(-1) ?? signers[0]).public_key },
  read: async () => ({ items: [...signers], next_cursor: null }) as never,
});
function setUp() {
  const { home, remove } = temporaryHome();
  onTestFinished(remove);
  let seconds = 0;
  const clock = (): Date => new Date(Date.UTC(2025, 7, 9, 12, 0, (seconds += 1)));
  return { path: join(home, 'known-signers.json'), known: createKnownSigners(home, clock, (work) => work()) };
}

describe('what servers said of who may sign', () => {
  it('is kept for each server, also where two say one id, the newest word first', async () => {
    const { known } = setUp();
    const [one, other] = [receiptKeyFrom('2025-08-01'), receiptKeyFrom('2025-08-02')];
    await known.fetch(server(one));
    await known.fetch(server(other));
    await known.fetch(server(one));
    expect(known.remembered('practice').map(({ receipt_public_key, signers }) => [receipt_public_key, signers])).toEqual([
      [one.public_key, [one]],
      [other.public_key, [other]],
    ]);
    expect(known.remembered('elsewhere')).toEqual([]);
  });

  it('is replaced when the same server has taken a new receipt key', async () => {
    const { known } = setUp();
    const [former, now] = [receiptKeyFrom('2025-08-01'), receiptKeyFrom('2025-08-02')];
    await known.fetch(server(former));
    await known.fetch(server({ ...former, valid_until: now.valid_from }, now));
    expect(known.remembered('practice').map(({ receipt_public_key }) => receipt_public_key)).toEqual([now.public_key]);
  });

  it('is read as an earlier version wrote it, and written anew with the next word', async () => {
    const { known, path } = setUp();
    const [former, now, other] = [receiptKeyFrom('2025-08-01'), receiptKeyFrom('2025-08-02'), receiptKeyFrom('2025-08-03')];
    const listed = [{ ...former, valid_until: now.valid_from }, now];
    writeFileSync(path, JSON.stringify({ version: 1, environments: [{ environment_id: 'practice', seen_at: '2025-08-05T00:00:00.000Z', signers: listed }] }));
    expect(known.remembered('practice')).toEqual([{ environment_id: 'practice', receipt_public_key: now.public_key, sub: null, seen_at: '2025-08-05T00:00:00.000Z', signers: listed }]);
    await known.fetch(server(other));
    expect(known.remembered('practice')).toHaveLength(2);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ version: 2 });
    writeFileSync(path, '{"version": 3}');
    expect(() => known.remembered('practice')).toThrow('signers_unreadable');
  });
});
