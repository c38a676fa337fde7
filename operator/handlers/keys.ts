import { revokeSigner, type Signer } from '../../shared/contract/admin/signers.ts';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { KeyList, ListedKey } from '../../shared/contract/operator/keys.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import { stateOfKey } from '../keys/key-state.ts';
import { createKnownSigners } from '../keys/known-signers.ts';
import { storedOperatorKey, waitingKey } from '../keys/operator-key.ts';
import { ensureRegistered, rotateKey } from '../keys/register-key.ts';
import type { OperatorParts } from '../parts.ts';
import { problem, problemOf } from '../problems.ts';

type KeyHandlers = Pick<Handlers, 'keys.list' | 'keys.rotate' | 'keys.revoke' | 'reports.getSigners'>;
type KeyParts = Pick<OperatorParts, 'home' | 'clock' | 'randomBytes' | 'secrets' | 'journal' | 'environments'>;

const DAY_MS = 24 * 3_600_000;

/** Signers of an environment as its server says, or once said, and who asks. */
type Said = { readonly environment: string; readonly environmentId: string; readonly sub: string | null; readonly signers: readonly Signer[]; readonly seenAt: string | null };

/** Whose keys sign: listed, replaced, revoked, and given out as `allowed_signers` (N2). */
export function createKeyHandlers({ home, clock, randomBytes, secrets, journal, environments }: KeyParts): KeyHandlers {
  const known = createKnownSigners(home, clock, journal.exclusively);
  const registration = { home, clock, secrets, randomBytes, known, exclusively: journal.exclusively };

  /** What the current environment last said here. @throws what kept it from being asked, where it never said anything */
  function remembered(thrown: unknown): Said {
    const refusal = problemOf(thrown);
    const current = environments.list().find((environment) => environment.current);
    if (refusal === undefined || current === undefined) throw thrown;
    const found = known.remembered(current.environment_id).find(({ receipt_public_key }) => receipt_public_key === current.receipt_public_key);
    if (found === undefined) throw thrown;
    return { environment: current.name, environmentId: current.environment_id, sub: found.sub, signers: found.signers, seenAt: found.seen_at };
  }

  async function ask(work: (environment: ConnectedEnvironment) => Promise<readonly Signer[]>): Promise<Said> {
    try {
      const environment = await environments.connect();
      return { environment: environment.name, environmentId: environment.id, sub: environment.session.sub, signers: await work(environment), seenAt: null };
    } catch (thrown) {
      return remembered(thrown);
    }
  }

  function listed({ environmentId, sub, signers }: Said): readonly ListedKey[] {
    const mine = sub === null ? undefined : storedOperatorKey({ secrets, environmentId, sub })?.fingerprint;
    const lastReceiptKey = signers.findLast((signer) => signer.kind === 'receipt' && signer.valid_until === null)?.fingerprint;
    const rank = ({ in_use, whose }: ListedKey): number => (whose === 'receipt' ? 3 : whose === 'other' ? 2 : in_use ? 0 : 1);
    const keys = signers.map(({ fingerprint, kind, principal, valid_from, valid_until, revoked_at }): ListedKey => ({
      fingerprint,
      whose: kind === 'receipt' ? 'receipt' : principal === sub ? 'mine' : 'other',
      principal,
      valid_from,
      valid_until,
      revoked_at,
      state: stateOfKey({ valid_until, revoked_at }, clock()),
      in_use: fingerprint === (kind === 'receipt' ? lastReceiptKey : mine),
    }));
    return keys.toSorted((one, other) => rank(one) - rank(other));
  }

  function list(said: Said): KeyList {
    const { environment, environmentId, sub, seenAt, signers } = said;
    const parts = { secrets, environmentId, sub: sub ?? '' };
    const isListed = (fingerprint: string | undefined): boolean => signers.some((signer) => signer.fingerprint === fingerprint);
    const waiting = [waitingKey(parts)?.fingerprint, storedOperatorKey(parts)?.fingerprint].find((fingerprint) => fingerprint !== undefined && !isListed(fingerprint));
    return { environment, sub, seen_at: seenAt, kept_in: secrets.kind, waiting_fingerprint: sub === null ? null : (waiting ?? null), items: [...listed(said)] };
  }

  return {
    'keys.list': async () => list(await ask((environment) => known.fetch(environment))),
    'keys.rotate': async ({ valid_days }) => {
      const environment = await environments.connect();
      const { key, signers, formerFingerprint } = await rotateKey(environment, registration, valid_days === undefined ? undefined : valid_days * DAY_MS);
      const now = signers.find((signer) => signer.fingerprint === key.fingerprint);
      if (now === undefined) throw problem('signer_not_listed', 'The server does not list the key it has just taken', 'Ask for the list of keys again; if it stays so, tell whoever runs the server.');
      return { fingerprint: now.fingerprint, former_fingerprint: formerFingerprint, valid_from: now.valid_from, valid_until: now.valid_until };
    },
    'keys.revoke': async ({ fingerprint }) => {
      const environment = await environments.connect();
      const { sub, scopes } = environment.session;
      const wanted = fullFingerprint(fingerprint);
      const found = (await known.fetch(environment)).find((signer) => signer.fingerprint === wanted);
      if (found?.kind === 'receipt') throw problem('receipt_key', 'That is a key of the server', 'It signs receipts and ends when whoever runs the server sets another one (DRYDOCK_RECEIPT_KEY). Nothing was revoked.');
      const note = { fingerprint: wanted };
      const asPracticeApprover = environment.isBuiltIn && found !== undefined && found.principal !== sub && !scopes.includes('migration:approve');
      await environment.write(revokeSigner, { params: { fingerprint: wanted }, body: {}, note, ...(asPracticeApprover ? { asPracticeApprover } : {}) });
      const said = { environment: environment.name, environmentId: environment.id, sub, signers: await known.fetch(environment), seenAt: null };
      const revoked = listed(said).find((key) => key.fingerprint === wanted);
      if (revoked === undefined) throw problem('signer_not_listed', 'The server does not list the key it has just revoked', 'Ask for the list of keys again; if it stays so, tell whoever runs the server.');
      return revoked;
    },
    'reports.getSigners': async () => {
      const said = await ask(async (environment) => {
        const mayRegister = environment.session.scopes.some((scope) => scope !== 'migration:read');
        // Whoever may not have a key here can still see whose keys count.
        const registered = mayRegister
          ? await ensureRegistered(environment, registration).catch((thrown: unknown) => {
              if (problemOf(thrown) === undefined) throw thrown;
              return undefined;
            })
          : undefined;
        return registered?.signers ?? known.fetch(environment);
      });
      const lines = new Map(said.signers.map((signer) => [signer.fingerprint, signer.allowed_signers_line]));
      return { lines: listed(said).flatMap(({ fingerprint, state }) => (state === 'revoked' ? [] : [lines.get(fingerprint) ?? ''])), seen_at: said.seenAt };
    },
  };
}

/** As `ssh-keygen -l` prints it; its first word may be left out. */
function fullFingerprint(text: string): string {
  return text.startsWith('SHA256:') ? text : `SHA256:${text}`;
}
