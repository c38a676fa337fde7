import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parsePublicKeyLine } from '../../shared/core/ssh-public-key.ts';
import { verifySshsig } from '../../shared/core/sshsig.ts';
import { createSessionSecretStore } from '../environments/session-secret-store.ts';
import { sha512Bytes, verifyEd25519 } from './ed25519.ts';
import { openOperatorKey } from './operator-key.ts';

describe("the operator's key", () => {
  it('is made at first use, is the same ever after, and signs', () => {
    const secrets = createSessionSecretStore();
    const parts = { secrets, environmentId: 'env-1', sub: 'olga', randomBytes };
    const key = openOperatorKey(parts);
    expect(openOperatorKey(parts).fingerprint).toBe(key.fingerprint);
    const armored = key.sign('drydock-report', 'text');
    expect(verifySshsig({ armored, message: Buffer.from('text'), namespace: 'drydock-report', verify: verifyEd25519, sha512: sha512Bytes })).toEqual({
      verdict: 'good',
      publicKey: parsePublicKeyLine(key.publicKeyLine),
    });
  });

  it('is another one for another environment and for another person', () => {
    const secrets = createSessionSecretStore();
    const of = (environmentId: string, sub: string): string => openOperatorKey({ secrets, environmentId, sub, randomBytes }).fingerprint;
    expect(new Set([of('env-1', 'olga'), of('env-2', 'olga'), of('env-1', 'otto')]).size).toBe(3);
  });

  it('says so when it is damaged, and makes no new one behind the back of its owner', () => {
    const secrets = createSessionSecretStore();
    const broken = { ...secrets, get: () => 'AAAA' };
    expect(() => openOperatorKey({ secrets: broken, environmentId: 'e', sub: 's', randomBytes })).toThrow('signer_key_damaged');
  });
});
