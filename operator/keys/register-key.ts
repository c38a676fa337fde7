import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerSigner, signerProofText, type Signer } from '../../shared/contract/admin/signers.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { sshsigNamespaces } from '../../shared/core/sshsig.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { SecretStore } from '../environments/secret-store.ts';
import { problemOf } from '../problems.ts';
import type { KnownSigners } from './known-signers.ts';
import { stateOfKey } from './key-state.ts';
import { adoptWaitingKey, type OperatorKey, type OperatorKeyParts, openNextKey, openOperatorKey, waitingKey } from './operator-key.ts';

/** A key with an end is replaced at the first use in its last days: once it has ended, only an approver could let in another. */
const REPLACED_BEFORE_END_MS = 14 * 24 * 3_600_000;

export interface RegistrationParts {
  readonly home: string;
  readonly clock: () => Date;
  readonly secrets: SecretStore;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly known: KnownSigners;
  /** As for environments: two processes make one new key, not two. */
  readonly exclusively: <Result>(work: () => Result) => Result;
}

/** The operator's key as the server knows it, and all signers as the server has them now. */
export interface RegisteredKey {
  readonly key: OperatorKey;
  readonly signers: readonly Signer[];
}

/** How a key came to be another one: by this call or by one before it that was cut short; null where there was none before. */
export interface ReplacedKey extends RegisteredKey {
  readonly formerFingerprint: string | null;
}

/**
 * Sees to it that the server knows the operator's key: makes one at first use, another in the last days of one that has
 * an end, and a new one where the old was revoked or has ended. A second key that no former one vouches for is let in by the
 * approver one plays in the built-in practice; elsewhere a real one is asked for it, with a file that says what to send.
 * @throws OperatorError `signer_conflict` when an approver must let the key in, or what the calls throw
 */
export async function ensureRegistered(environment: ConnectedEnvironment, parts: RegistrationParts): Promise<RegisteredKey> {
  return (await settleKey(environment, parts)).now;
}

/**
 * Puts a new key in the place of the operator's own, in one step at the server: the former vouches for it and ends. Where
 * it is cut short, the former stays in use until the server has the new one, which is tried again.
 * @throws OperatorError as `ensureRegistered`
 */
export async function rotateKey(environment: ConnectedEnvironment, parts: RegistrationParts, validMs: number | undefined): Promise<ReplacedKey> {
  const { now, formerFingerprint } = await settleKey(environment, parts);
  if (formerFingerprint !== undefined) return { ...now, formerFingerprint };
  return { ...(await replaceKey(environment, parts, { vouching: now.key, validMs })), formerFingerprint: now.key.fingerprint };
}

type Settled = {
  readonly now: RegisteredKey;
  /** Set where this call found or made another key than was in use; null: the first of all. */
  readonly formerFingerprint: string | null | undefined;
};

async function settleKey(environment: ConnectedEnvironment, parts: RegistrationParts): Promise<Settled> {
  const keyParts = keyPartsOf(environment, parts);
  const signers = await parts.known.fetch(environment);
  const find = (key: OperatorKey | undefined): Signer | undefined => signers.find((signer) => signer.fingerprint === key?.fingerprint);
  const inUse = openOperatorKey(keyParts);
  const waiting = waitingKey(keyParts);
  const letIn = find(waiting);
  if (waiting !== undefined && letIn !== undefined && stateOfKey(letIn, parts.clock()) === 'live') {
    parts.exclusively(() => adoptWaitingKey(keyParts));
    return { now: { key: waiting, signers }, formerFingerprint: inUse.fingerprint };
  }
  const mine = find(inUse);
  if (mine === undefined) {
    await register(environment, parts, { key: inUse, why: 'another' });
    return { now: { key: inUse, signers: await parts.known.fetch(environment) }, formerFingerprint: null };
  }
  const state = stateOfKey(mine, parts.clock());
  switch (state) {
    case 'live': {
      const replaced = await replacedBeforeItsEnd(environment, parts, inUse, mine);
      return replaced === undefined ? { now: { key: inUse, signers }, formerFingerprint: undefined } : { now: replaced, formerFingerprint: inUse.fingerprint };
    }
    case 'ended':
      // By this machine's clock, which may be wrong: the server judges whether it still vouches.
      return { now: await replaceKey(environment, parts, { vouching: inUse, why: `ended on ${mine.valid_until ?? ''}` }), formerFingerprint: inUse.fingerprint };
    case 'revoked':
      return { now: await replaceKey(environment, parts, { why: `was revoked on ${mine.revoked_at ?? ''}` }), formerFingerprint: inUse.fingerprint };
    default:
      return assertNever(state);
  }
}

/** The new one lasts as long as the old one did. Undefined where it is too early, or where it failed: the old one still counts. */
async function replacedBeforeItsEnd(environment: ConnectedEnvironment, parts: RegistrationParts, key: OperatorKey, { valid_from, valid_until }: Signer): Promise<RegisteredKey | undefined> {
  if (valid_until === null || Date.parse(valid_until) - parts.clock().getTime() > REPLACED_BEFORE_END_MS) return undefined;
  try {
    return await replaceKey(environment, parts, { vouching: key, validMs: Date.parse(valid_until) - Date.parse(valid_from) });
  } catch (thrown) {
    if (problemOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}

type Replacement = { readonly vouching?: OperatorKey | undefined; readonly validMs?: number | undefined; readonly why?: string };

async function replaceKey(environment: ConnectedEnvironment, parts: RegistrationParts, { vouching, validMs, why = 'another' }: Replacement): Promise<RegisteredKey> {
  const keyParts = keyPartsOf(environment, parts);
  const key = parts.exclusively(() => openNextKey(keyParts));
  await register(environment, parts, { key, vouching, validMs, why });
  parts.exclusively(() => adoptWaitingKey(keyParts));
  return { key, signers: await parts.known.fetch(environment) };
}

function keyPartsOf(environment: ConnectedEnvironment, { secrets, randomBytes }: RegistrationParts): OperatorKeyParts {
  return { secrets, environmentId: environment.id, sub: environment.session.sub, randomBytes };
}

type Registration = Replacement & { readonly key: OperatorKey; readonly why: string };

async function register(environment: ConnectedEnvironment, parts: RegistrationParts, { key, vouching, validMs, why }: Registration): Promise<void> {
  const { sub } = environment.session;
  const text = signerProofText(environment.id, sub, key.publicKeyLine);
  const body = {
    public_key: key.publicKeyLine,
    proof: key.sign(sshsigNamespaces.signer, text),
    ...(validMs === undefined ? {} : { valid_until: new Date(parts.clock().getTime() + validMs).toISOString() }),
  };
  const vouched = vouching === undefined ? body : { ...body, proof_by_former_key: vouching.sign(sshsigNamespaces.signer, text), ends_former_key: true };
  const note = { fingerprint: key.fingerprint };
  try {
    await environment.write(registerSigner, { params: {}, body: vouched, note });
  } catch (thrown) {
    if (!(thrown instanceof OperatorError) || thrown.problem.code !== 'signer_conflict') throw thrown;
    const forApprover = { ...body, sub };
    if (!environment.isBuiltIn) throw askApprover(thrown, environment, forApprover, parts.home, why);
    await environment.write(registerSigner, { params: {}, body: forApprover, note, asPracticeApprover: true }).catch((refused: unknown) => {
      throw problemOf(refused) === undefined ? refused : askApprover(thrown, environment, forApprover, parts.home, why);
    });
  }
}

/** The server's own code, with what an approver has to send. The file holds no secret: the proof fits this key and person alone. */
function askApprover({ problem: refused }: OperatorError, environment: ConnectedEnvironment, request: object, home: string, why: string): OperatorError {
  const path = join(home, 'signer-request.json');
  writeFileSync(path, `${JSON.stringify(request, undefined, 2)}\n`, { mode: 0o600 });
  const { sub } = environment.session;
  const detail =
    why === 'another'
      ? `${sub} has, or had, another key at ${environment.name}. Use the home folder that holds it, or have an approver send ${path} to POST /admin/signers.`
      : `The key of ${sub} at ${environment.name} ${why}, so it cannot vouch for the new one, which is made and waits. Have an approver send ${path} to POST /admin/signers. Until then no report can be signed.`;
  return new OperatorError({ ...refused, detail });
}
