import { registerSigner, signerProofText, type Signer } from '../../shared/contract/admin/signers.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { sshsigNamespaces } from '../../shared/core/sshsig.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import { problem } from '../problems.ts';
import type { KnownSigners } from './known-signers.ts';
import type { OperatorKey } from './operator-key.ts';

/**
 * Sees to it that the server knows the operator's key, and gives all signers as the server has them now. In practice
 * a second key is let in by the approver one plays there; elsewhere by a real one.
 * @throws OperatorError `signer_conflict` when another key is registered, `signer_revoked`, or what the call throws
 */
export async function ensureRegistered(environment: ConnectedEnvironment, key: OperatorKey, known: KnownSigners): Promise<readonly Signer[]> {
  const signers = await known.fetch(environment);
  const mine = signers.find((signer) => signer.fingerprint === key.fingerprint);
  if (mine !== undefined && mine.revoked_at === null) return signers;
  if (mine !== undefined) {
    throw problem('signer_revoked', 'Your signing key was revoked', `Nothing signed with ${key.fingerprint} counts any more. Remove it from the secret store; a new one is made, which an approver must let in.`);
  }
  await register(environment, key);
  return known.fetch(environment);
}

async function register(environment: ConnectedEnvironment, key: OperatorKey): Promise<void> {
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
    if (!environment.isBuiltIn) throw unknownKey(thrown, environment, key);
    await environment.write(registerSigner, { params: {}, body: { ...body, sub }, note, asPracticeApprover: true }).catch((refused: unknown) => {
      throw refused instanceof OperatorError ? unknownKey(thrown, environment, key) : refused;
    });
  }
}

/** The server's own words, and what has to be handed to an approver. */
function unknownKey({ problem: refused }: OperatorError, environment: ConnectedEnvironment, key: OperatorKey): OperatorError {
  const detail = `${environment.session.sub} has another key at ${environment.name}. Use the home folder that holds it, or ask an approver to register ${key.publicKeyLine}.`;
  return new OperatorError({ ...refused, detail });
}
