import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerSigner, signerProofText, type Signer } from '../../shared/contract/admin/signers.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { sshsigNamespaces } from '../../shared/core/sshsig.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { SecretStore } from '../environments/secret-store.ts';
import { problemOf } from '../problems.ts';
import type { KnownSigners } from './known-signers.ts';
import { type OperatorKey, openOperatorKey, renewOperatorKey } from './operator-key.ts';

export interface RegistrationParts {
  readonly home: string;
  readonly secrets: SecretStore;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly known: KnownSigners;
}

/** The operator's key as the server knows it, and all signers as the server has them now. */
export interface RegisteredKey {
  readonly key: OperatorKey;
  readonly signers: readonly Signer[];
}

/**
 * Sees to it that the server knows the operator's key: makes one at first use, and a new one where the old was revoked.
 * A second key is let in by the approver one plays in the built-in practice; elsewhere a real one is asked for it, with
 * a file that says what to send.
 * @throws OperatorError `signer_conflict` when another key is registered, or what the calls throw
 */
export async function ensureRegistered(environment: ConnectedEnvironment, parts: RegistrationParts): Promise<RegisteredKey> {
  const keyParts = { secrets: parts.secrets, environmentId: environment.id, sub: environment.session.sub, randomBytes: parts.randomBytes };
  const signers = await parts.known.fetch(environment);
  const stored = openOperatorKey(keyParts);
  const mine = signers.find((signer) => signer.fingerprint === stored.fingerprint);
  if (mine !== undefined && mine.revoked_at === null) return { key: stored, signers };
  const key = mine === undefined ? stored : renewOperatorKey(keyParts);
  await register(environment, key, parts.home);
  return { key, signers: await parts.known.fetch(environment) };
}

async function register(environment: ConnectedEnvironment, key: OperatorKey, home: string): Promise<void> {
  const { sub } = environment.session;
  const body = {
    public_key: key.publicKeyLine,
    proof: key.sign(sshsigNamespaces.signer, signerProofText(environment.id, sub, key.publicKeyLine)),
  };
  const note = { fingerprint: key.fingerprint };
  try {
    await environment.write(registerSigner, { params: {}, body, note });
  } catch (thrown) {
    if (!(thrown instanceof OperatorError) || thrown.problem.code !== 'signer_conflict') throw thrown;
    const forApprover = { ...body, sub };
    if (!environment.isBuiltIn) throw askApprover(thrown, environment, forApprover, home);
    await environment.write(registerSigner, { params: {}, body: forApprover, note, asPracticeApprover: true }).catch((refused: unknown) => {
      throw problemOf(refused) === undefined ? refused : askApprover(thrown, environment, forApprover, home);
    });
  }
}

/** The server's own code, with what an approver has to send. The file holds no secret: the proof fits this key and person alone. */
function askApprover({ problem: refused }: OperatorError, environment: ConnectedEnvironment, request: object, home: string): OperatorError {
  const path = join(home, 'signer-request.json');
  writeFileSync(path, `${JSON.stringify(request, undefined, 2)}\n`, { mode: 0o600 });
  const detail = `${environment.session.sub} has, or had, another key at ${environment.name}. Use the home folder that holds it, or have an approver send ${path} to POST /admin/signers.`;
  return new OperatorError({ ...refused, detail });
}
