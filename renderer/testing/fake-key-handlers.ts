import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { ListedKey } from '../../shared/contract/operator/keys.ts';
import { FAKE_NOW, fakeSession, type FakeWorld } from './fake-world.ts';

type KeyNames = Extract<keyof Handlers, `keys.${string}`>;

const key = (name: string, whose: ListedKey['whose'], principal: string, over: Partial<ListedKey> = {}): ListedKey => ({
  fingerprint: `SHA256:${name.padEnd(43, 'FakeFingerprint')}`,
  whose,
  principal,
  valid_from: '2026-03-02T08:00:00.000Z',
  valid_until: null,
  revoked_at: null,
  state: 'live',
  in_use: false,
  ...over,
});

/** The report keys of the made-up operator, of somebody else, and of the server. */
export function fakeKeyHandlers(world: FakeWorld): Pick<Handlers, KeyNames> {
  const { sub } = fakeSession(world);
  let keys: readonly ListedKey[] = [
    key('mine', 'mine', sub, { in_use: true }),
    key('minebefore', 'mine', sub, { valid_from: '2025-03-02T08:00:00.000Z', valid_until: '2026-03-02T08:00:00.000Z', state: 'ended' }),
    key('other', 'other', 'arthur'),
    key('lost', 'other', 'bea', { revoked_at: '2026-04-01T08:00:00.000Z', state: 'revoked' }),
    key('receipts', 'receipt', 'drydock-server@practice', { in_use: true }),
  ];
  return {
    'keys.list': () =>
      Promise.resolve({ environment: world.environment?.name ?? '', sub, seen_at: world.reachable ? null : FAKE_NOW, kept_in: 'file', waiting_fingerprint: null, items: [...keys] }),
    'keys.rotate': () => {
      const fresh = key('fresh', 'mine', sub, { valid_from: FAKE_NOW, in_use: true });
      const former = keys.find(({ in_use, whose }) => in_use && whose === 'mine');
      keys = [fresh, ...keys.map((one) => (one === former ? { ...one, in_use: false, valid_until: FAKE_NOW, state: 'ended' as const } : one))];
      return Promise.resolve({ fingerprint: fresh.fingerprint, former_fingerprint: former?.fingerprint ?? null, valid_from: FAKE_NOW, valid_until: null });
    },
    'keys.revoke': ({ fingerprint }) => {
      keys = keys.map((one) => (one.fingerprint === fingerprint ? { ...one, revoked_at: FAKE_NOW, state: 'revoked' as const } : one));
      const revoked = keys.find((one) => one.fingerprint === fingerprint);
      return revoked === undefined ? Promise.reject(new Error('There is no such key.')) : Promise.resolve(revoked);
    },
  };
}
