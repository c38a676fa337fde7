import { spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowedSignersLine } from './allowed-signers.ts';
import { keyFingerprint, parsePublicKeyLine, publicKeyLine } from './ssh-public-key.ts';
import { parseSshsig, signSshsig, verifySshsig } from './sshsig.ts';

const seed = 20260509;
const hash = (name: string) => (bytes: Uint8Array): Uint8Array => createHash(name).update(bytes).digest();
const sha512 = hash('sha512');
const spki = (raw: Uint8Array): Buffer => Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
const verifyEd25519 = (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean =>
  verify(null, bytes, createPublicKey({ key: spki(publicKey), format: 'der', type: 'spki' }), signature);

function newKey(): { publicKey: Uint8Array<ArrayBuffer>; sign: (bytes: Uint8Array) => Uint8Array } {
  const pair = generateKeyPairSync('ed25519');
  const raw = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(12);
  return { publicKey: Uint8Array.from(raw), sign: (bytes) => sign(null, bytes, createPrivateKey(pair.privateKey.export({ format: 'pem', type: 'pkcs8' }))) };
}

const message = new TextEncoder().encode('ab12  report.json\n');
const key = newKey();
const armored = signSshsig({ message, namespace: 'drydock-report', ...key, sha512 });
const verdict = (text: string, of = message, namespace: 'drydock-report' | 'drydock-receipt' = 'drydock-report') =>
  verifySshsig({ armored: text, message: of, namespace, verify: verifyEd25519, sha512 });

describe('SSHSIG beside the real ssh-keygen', () => {
  let folder = '';
  const keygen = (args: readonly string[], input?: Uint8Array) => spawnSync('ssh-keygen', [...args], { cwd: folder, input, encoding: 'utf8' });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'drydock-sshsig-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('signs what ssh-keygen accepts, for that key, namespace, message and time only', () => {
    const line = allowedSignersLine({
      principal: 'olga@ops.example',
      namespace: 'drydock-report',
      validAfter: new Date('2025-08-09T10:00:00Z'),
      validBefore: new Date('2025-08-10T10:00:00Z'),
      publicKey: key.publicKey,
    });
    writeFileSync(join(folder, 'allowed'), `${line}\n`);
    writeFileSync(join(folder, 'sig'), armored);
    const check = (principal: string, namespace: string, time: string, of: Uint8Array): number | null =>
      keygen(['-Y', 'verify', '-f', 'allowed', '-I', principal, '-n', namespace, '-s', 'sig', '-O', `verify-time=${time}`], of).status;

    expect(check('olga@ops.example', 'drydock-report', '20250809120000Z', message)).toBe(0);
    expect(check('olga@ops.example', 'drydock-report', '20250809100000Z', message)).toBe(0);
    expect(check('olga@ops.example', 'drydock-report', '20250810100000Z', message)).toBe(0);
    expect(check('olga@ops.example', 'drydock-report', '20250810100001Z', message)).not.toBe(0);
    expect(check('olga@ops.example', 'drydock-report', '20250809095959Z', message)).not.toBe(0);
    expect(check('otto@ops.example', 'drydock-report', '20250809120000Z', message)).not.toBe(0);
    expect(check('olga@ops.example', 'drydock-receipt', '20250809120000Z', message)).not.toBe(0);
    expect(check('olga@ops.example', 'drydock-report', '20250809120000Z', message.subarray(1))).not.toBe(0);
  });

  it('accepts what ssh-keygen signs, and reads its public key and fingerprint alike', () => {
    expect(keygen(['-q', '-t', 'ed25519', '-N', '', '-C', 'a comment', '-f', 'theirs']).status).toBe(0);
    const signed = keygen(['-q', '-Y', 'sign', '-f', 'theirs', '-n', 'drydock-report'], message);
    const publicKey = parsePublicKeyLine(readFileSync(join(folder, 'theirs.pub'), 'utf8'));
    expect(verdict(signed.stdout)).toEqual({ verdict: 'good', publicKey });
    expect(keygen(['-l', '-f', 'theirs.pub']).stdout.split(' ')[1]).toBe(keyFingerprint(publicKey ?? new Uint8Array(), hash('sha256')));
    expect(readFileSync(join(folder, 'theirs.pub'), 'utf8')).toBe(`${publicKeyLine(publicKey ?? new Uint8Array())} a comment\n`);
  });

  it('writes the very text that ssh-keygen would', () => {
    keygen(['-q', '-t', 'ed25519', '-N', '', '-f', 'same']);
    const theirs = keygen(['-q', '-Y', 'sign', '-f', 'same', '-n', 'drydock-report'], message).stdout;
    const parsed = parseSshsig(theirs);
    const ours = signSshsig({ message, namespace: 'drydock-report', publicKey: parsed?.publicKey ?? new Uint8Array(), sign: () => parsed?.signature ?? new Uint8Array(), sha512 });
    expect(ours).toBe(theirs);
  });

  it('takes neither other kinds of key nor other hashes', () => {
    keygen(['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', 'rsa']);
    keygen(['-q', '-t', 'ed25519', '-N', '', '-f', 'short']);
    const rsa = keygen(['-q', '-Y', 'sign', '-f', 'rsa', '-n', 'drydock-report'], message).stdout;
    const sha256 = keygen(['-q', '-Y', 'sign', '-O', 'hashalg=sha256', '-f', 'short', '-n', 'drydock-report'], message).stdout;
    expect(rsa).toContain('BEGIN SSH SIGNATURE');
    expect(sha256).toContain('BEGIN SSH SIGNATURE');
    expect(parseSshsig(rsa)).toBeNull();
    expect(parseSshsig(sha256)).toBeNull();
    expect(parsePublicKeyLine(readFileSync(join(folder, 'rsa.pub'), 'utf8'))).toBeNull();
  });
});

describe('SSHSIG', () => {
  it('tells why a signature is not good', () => {
    expect(verdict(armored)).toEqual({ verdict: 'good', publicKey: key.publicKey });
    expect(verdict(armored, message, 'drydock-receipt')).toEqual({ verdict: 'bad', why: 'other_namespace' });
    expect(verdict(armored, message.subarray(1))).toEqual({ verdict: 'bad', why: 'does_not_fit' });
    expect(verdict('')).toEqual({ verdict: 'bad', why: 'not_a_signature' });
  });

  it('refuses every signature with one changed bit', () => {
    const bytes = Buffer.from(armored, 'latin1');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verdict(changed.toString('latin1')).verdict, `bit ${bit}`).toBe('bad');
    }
  });

  it('never throws and never accepts garbage, cut or stretched text', () => {
    const pieces = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('-----BEGIN SSH SIGNATURE-----\n', '-----END SSH SIGNATURE-----', 'U1NIU0lHAAAAAQAA', '\n', '=', armored.slice(0, 150)));
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => verdict(parts.join('')).verdict === 'bad'),
      { seed, numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.nat(armored.length - 2), fc.string({ minLength: 1, maxLength: 4 }), (at, extra) => {
        return verdict(armored.slice(0, at)).verdict === 'bad' && verdict(armored.slice(0, at) + extra + armored.slice(at)).verdict === 'bad';
      }),
      { seed, numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (blob) => {
        const text = `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(blob).toString('base64').replaceAll(/(.{70})/g, '$1\n').replace(/\n$/, '')}\n-----END SSH SIGNATURE-----\n`;
        return parseSshsig(text) === null;
      }),
      { seed, numRuns: 2000 },
    );
  });

  it('refuses a filled reserved field, which OpenSSH would not notice, and bytes behind the end', () => {
    const armor = (blob: Uint8Array): string => `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(blob).toString('base64').replaceAll(/(.{70})/g, '$1\n')}\n-----END SSH SIGNATURE-----\n`;
    const blob = Buffer.from(armored.split('\n').slice(1, -2).join(''), 'base64');
    const reserved = blob.indexOf('drydock-report') + 'drydock-report'.length;
    const filled = Buffer.concat([blob.subarray(0, reserved), Buffer.from([0, 0, 0, 1, 65]), blob.subarray(reserved + 4)]);
    expect(verdict(armor(blob)).verdict).toBe('good');
    expect(verdict(armor(filled))).toEqual({ verdict: 'bad', why: 'not_a_signature' });
    expect(verdict(armor(Buffer.concat([blob, Buffer.alloc(1)])))).toEqual({ verdict: 'bad', why: 'not_a_signature' });
  });

  it('finds an invalid length inside the blob, however large', () => {
    const blob = Buffer.from(armored.split('\n').slice(1, -2).join(''), 'base64');
    blob.writeUInt32BE(0xffffffff, 10);
    expect(parseSshsig(`-----BEGIN SSH SIGNATURE-----\n${blob.toString('base64').replaceAll(/(.{70})/g, '$1\n')}\n-----END SSH SIGNATURE-----\n`)).toBeNull();
  });
});
