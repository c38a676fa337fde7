import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowedSignersLine, isAllowed, isPrincipal, parseAllowedSigners } from './allowed-signers.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { parsePublicKeyLine, publicKeyLine } from './ssh-public-key.ts';

const seed = 20260509;
const publicKey = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
const line = allowedSignersLine({ principal: 'olga', namespace: 'drydock-report', validAfter: new Date('2025-08-09T10:00:00.900Z'), validBefore: null, publicKey });

describe('allowed_signers', () => {
  it('writes a line with namespace and dates', () => {
    expect(line).toBe(`olga namespaces="drydock-report",valid-after="20250809100000Z" ${publicKeyLine(publicKey)}`);
    const both = allowedSignersLine({ principal: 'Olga O', namespace: 'drydock-receipt', validAfter: new Date(0), validBefore: new Date('2025-08-09T10:00:00Z'), publicKey });
    expect(both).toBe(`"Olga O" namespaces="drydock-receipt",valid-after="19700101000000Z",valid-before="20250809100000Z" ${publicKeyLine(publicKey)}`);
  });

  it('reads back what it writes', () => {
    const { signers, unreadableLines } = parseAllowedSigners(`# comment\n\n${line}\r\nnot a line\n`);
    expect(unreadableLines).toEqual([4]);
    expect(signers).toEqual([{ principals: ['olga'], namespaces: ['drydock-report'], validAfterSeconds: Date.UTC(2025, 7, 9, 10) / 1000, validBeforeSeconds: null, publicKey }]);
  });

  it('refuses names that would speak for others or break the line', () => {
    for (const name of ['', ' olga', 'olga ', 'a,b', '*', 'ol?a', '!olga', 'o"a', 'o\\a', '#olga', 'o\nlga', 'ölga', 'x'.repeat(256)]) {
      expect(isPrincipal(name), name).toBe(false);
      expect(() => allowedSignersLine({ principal: name, namespace: 'drydock-report', validAfter: new Date(0), validBefore: null, publicKey })).toThrow(RangeError);
    }
    for (const name of ['olga', 'olga@ops.example', 'auth0|42', 'Olga O', 'urn:x:1/2', 'practice-operator']) expect(isPrincipal(name), name).toBe(true);
  });

  it('means to ssh-keygen exactly the name that it writes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-signers-'));
    const verify = (name: string): number | null => spawnSync('ssh-keygen', ['-Y', 'verify', '-f', 'allowed', '-I', name, '-n', 'drydock-report', '-s', 'sig'], { cwd: folder, input: 'x' }).status;
    try {
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', 'key'], { cwd: folder });
      writeFileSync(join(folder, 'sig'), spawnSync('ssh-keygen', ['-q', '-Y', 'sign', '-f', 'key', '-n', 'drydock-report'], { cwd: folder, input: 'x' }).stdout);
      const key = parsePublicKeyLine(readFileSync(join(folder, 'key.pub'), 'utf8')) ?? new Uint8Array();
      for (const name of ['olga', 'olga@ops.example', 'auth0|42', 'Olga O', "o'x", '$HOME', 'a;b&c', '[a-z]', '~olga', '-x']) {
        writeFileSync(join(folder, 'allowed'), `${allowedSignersLine({ principal: name, namespace: 'drydock-report', validAfter: new Date('2025-08-09'), validBefore: null, publicKey: key })}\n`);
        expect(verify(name), name).toBe(0);
        expect(verify(`${name}x`), name).not.toBe(0);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('takes a line whole or not at all: an option it does not know may be the one that forbids', () => {
    const key = publicKeyLine(publicKey);
    const bad = [`* ${key}`, `!olga ${key}`, `olga cert-authority ${key}`, `olga unknown="x" ${key}`, `olga valid-before="soon" ${key}`, `olga ${key.slice(0, -4)}`, `olga namespaces="a" valid-before="20200101" ${key}`];
    for (const text of bad) expect(parseAllowedSigners(text), text).toEqual({ signers: [], unreadableLines: [1] });
    expect(parseAllowedSigners(`olga ${key} a comment`).signers).toHaveLength(1);
  });

  it('judges a key by namespace and by whole seconds, both bounds included', () => {
    const [signer] = parseAllowedSigners(`olga namespaces="drydock-report",valid-after="20250809",valid-before="202508100000" ${publicKeyLine(publicKey)}`).signers;
    if (signer === undefined) throw new Error('the line was not read');
    expect(isAllowed(signer, 'drydock-report', new Date('2025-08-09T00:00:00Z'))).toBe(true);
    expect(isAllowed(signer, 'drydock-report', new Date('2025-08-10T00:00:00.999Z'))).toBe(true);
    expect(isAllowed(signer, 'drydock-report', new Date('2025-08-10T00:00:01Z'))).toBe(false);
    expect(isAllowed(signer, 'drydock-report', new Date('2025-08-08T23:59:59Z'))).toBe(false);
    expect(isAllowed(signer, 'drydock-receipt', new Date('2025-08-09T00:00:00Z'))).toBe(false);
  });

  it('never throws on garbage', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(' ', '"', '\n', line, 'olga ', 'ssh-ed25519 ', 'namespaces="'))), (parts) => {
        parseAllowedSigners(parts.join(''));
      }),
      { seed, numRuns: 1000 },
    );
  });
});

describe('base64 and public key lines', () => {
  it('agree with the platform in both directions', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text)).toEqual(Uint8Array.from(bytes));
      }),
      { seed, numRuns: 500 },
    );
  });

  it('have one text for one value', () => {
    for (const text of ['A', 'AA', 'AAA', 'AB==', 'AAB=', 'AA=A', 'AAAA=', 'AA AA', 'AAA-', 'AAAA\n']) expect(decodeBase64(text), text).toBeNull();
    const known = publicKeyLine(publicKey);
    expect(parsePublicKeyLine(known)).toEqual(publicKey);
    for (const text of ['', known.slice(1), `${known}A`, known.replace('ssh-ed25519 ', 'ssh-ed25519  '), `${known}\n${known}`, known.replace('ssh-ed25519', 'ssh-rsa')]) expect(parsePublicKeyLine(text), text).toBeNull();
  });
});
