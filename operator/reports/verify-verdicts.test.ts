import { randomBytes } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { receiptSchema, type Receipt } from '../../shared/contract/admin/runs.ts';
import type { ReportVerdict } from '../../shared/contract/operator/reports.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { signSshsig } from '../../shared/core/sshsig.ts';
import { ed25519FromSeed, sha256Bytes, sha512Bytes } from '../keys/ed25519.ts';
import { manifestText } from './manifest.ts';
import { createReportWorld, endedSigner, revokedSigner, signerOf, type ReportWorld } from './report-world.testing.ts';
import { zipFolder } from './zip-folder.ts';

/** Somebody whose key counts, and somebody whose does not. */
const insider = ed25519FromSeed(randomBytes(32));
const stranger = ed25519FromSeed(randomBytes(32));
let world: ReportWorld;
let original = '';
let folder = '';
let copies = 0;

beforeAll(async () => {
  world = await createReportWorld();
  original = (await world.handlers['reports.export']({ run_id: 'run-1' }, world.caller)).folder;
});
beforeEach(() => {
  copies += 1;
  folder = join(world.home, `copy-${copies}`);
  cpSync(original, folder, { recursive: true });
});
afterAll(() => world.close());

const linesOf = (...more: readonly string[]): string => [...world.signers.map((signer) => signer.allowed_signers_line), signerOf('operator', 'olga', insider.publicKey, new Date('2025-01-01')).allowed_signers_line, ...more].join('\n');
const fileOf = (text: string): string => {
  const path = join(world.home, `signers-${copies}`);
  writeFileSync(path, text);
  return path;
};
const verify = async (signers: string | undefined): Promise<ReportVerdict> =>
  world.handlers['reports.verify']({ handle: world.handleOf(folder), ...(signers === undefined ? {} : { signers_handle: world.handleOf(fileOf(signers), 'opened') }) }, world.caller);
const named = (verdict: ReportVerdict, wanted: string): string[] => verdict.checks.filter((check) => check.verdict === wanted).map(({ name }) => name);

/** Makes the folder consistent again, as whoever holds the key would. */
function resign(key = insider): void {
  const names = readdirSync(folder).filter((name) => !name.startsWith('MANIFEST'));
  const manifest = manifestText(new Map(names.map((name) => [name, Buffer.from(sha256Bytes(readFileSync(join(folder, name)))).toString('hex')])));
  writeFileSync(join(folder, 'MANIFEST.sha256'), manifest);
  writeFileSync(join(folder, 'MANIFEST.sha256.sig'), signSshsig({ message: Buffer.from(manifest), namespace: 'drydock-report', ...key, sha512: sha512Bytes }));
}
function changeReceipt(change: Partial<Receipt>, key: { readonly publicKey: Uint8Array; readonly sign: (bytes: Uint8Array) => Uint8Array }): void {
  const text = `${canonicalJson({ ...receiptSchema.parse(JSON.parse(readFileSync(join(folder, 'receipt.json'), 'utf8'))), ...change })}\n`;
  writeFileSync(join(folder, 'receipt.json'), text);
  writeFileSync(join(folder, 'receipt.json.sig'), signSshsig({ message: Buffer.from(text), namespace: 'drydock-receipt', ...key, sha512: sha512Bytes }));
}
const changeReport = (from: string, to: string): void => writeFileSync(join(folder, 'report.json'), readFileSync(join(folder, 'report.json'), 'utf8').replace(from, to));
const line = (signer: ReturnType<typeof signerOf> | undefined): string => signer?.allowed_signers_line ?? '';

type Case = { readonly what: string; readonly make: () => string | undefined; readonly verdict: ReportVerdict['verdict']; readonly failed?: readonly string[]; readonly notChecked?: readonly string[]; readonly says?: string };
const cases: readonly Case[] = [
  { what: 'as it was exported', make: () => undefined, verdict: 'passed' },
  { what: 'signed anew by somebody who is trusted too', make: () => (resign(), linesOf()), verdict: 'passed' },
  { what: 'of a key that ended after the run', make: () => world.signers.map((signer) => line(endedSigner(signer, new Date('2025-08-10')))).join('\n'), verdict: 'passed' },
  { what: 'of a receipt key that the server has replaced since', make: () => [line(endedSigner(world.signers[0], new Date('2025-08-10'))), line(signerOf('receipt', 'drydock-server@env-world', stranger.publicKey, new Date('2025-08-10'))), line(world.signers[1])].join('\n'), verdict: 'passed' },
  { what: 'of a key that ended before the run', make: () => [line(world.signers[0]), line(world.signers[1]).replace(' ssh-', ',valid-before="20250801000000Z" ssh-')].join('\n'), verdict: 'failed', failed: ['signer'], notChecked: ['author'], says: 'it ended on 2025-08-01T00:00:00.000Z' },
  { what: 'of a key that began after the run', make: () => [line(world.signers[0]), line(world.signers[1]).replace(/valid-after="\d+Z"/, 'valid-after="20250901000000Z"')].join('\n'), verdict: 'failed', failed: ['signer'], notChecked: ['author'], says: 'it begins on 2025-09-01T00:00:00.000Z' },
  { what: 'of a revoked key', make: () => [line(world.signers[0]), line(revokedSigner(world.signers[1], new Date()))].join('\n'), verdict: 'failed', failed: ['signer'], notChecked: ['author'], says: 'The key is not known' },
  { what: 'of a stranger', make: () => (resign(stranger), linesOf()), verdict: 'failed', failed: ['signer'], notChecked: ['author'], says: 'The key is not known' },
  { what: 'of another person whose key counts', make: () => (resign(stranger), linesOf(line(signerOf('operator', 'otto', stranger.publicKey, new Date('2025-01-01'))))), verdict: 'failed', failed: ['author'], says: 'otto signed it' },
  { what: "with a receipt that another server's key signed", make: () => (changeReceipt({}, stranger), resign(), linesOf()), verdict: 'failed', failed: ['receipt_signature'], says: 'The key is not known' },
  { what: 'with the receipt of another run', make: () => (changeReceipt({ run_id: 'run-2' }, world.receiptKey), resign(), linesOf()), verdict: 'failed', failed: ['receipt_agrees'], says: 'The run differs' },
  { what: 'with the receipt of another environment', make: () => (changeReceipt({ environment: { id: 'env-other', name: 'Other', kind: 'staging' } }, world.receiptKey), resign(), undefined), verdict: 'failed', failed: ['receipt_agrees'], notChecked: ['signer', 'receipt_signature', 'author'], says: 'Nobody here knows' },
  { what: 'of a later version', make: () => (changeReport('"report_version": 1,', '"report_version": 2,'), writeFileSync(join(folder, 'more.json'), '{}'), resign(), linesOf()), verdict: 'incomplete', notChecked: ['receipt_agrees', 'author', 'journal'], says: 'newer than this Drydock can read' },
  { what: 'of a later version that was changed', make: () => (changeReport('"report_version": 1,', '"report_version": 2,'), linesOf()), verdict: 'failed', failed: ['hashes'], notChecked: ['receipt_agrees', 'author', 'journal'] },
  { what: 'whose report.json is a link to one without an end', make: () => (rmSync(join(folder, 'report.json')), symlinkSync('/dev/zero', join(folder, 'report.json')), undefined), verdict: 'failed', failed: ['files', 'receipt_agrees'], notChecked: ['author'], says: 'is no plain file' },
  { what: 'with a file of ten gigabytes', make: () => (truncateSync(join(folder, 'results.csv'), 10 * 1024 ** 3), undefined), verdict: 'failed', failed: ['hashes'], says: 'was not read' },
  { what: 'in a folder of many other files', make: () => (Array.from({ length: 200 }, (_, index) => writeFileSync(join(folder, `${index}`), '')), undefined), verdict: 'failed', failed: ['files'], says: 'More than 64 files' },
];

describe('a report', () => {
  it.each(cases)('$what: $verdict', async ({ make, verdict: wanted, failed = [], notChecked = [], says }) => {
    const verdict = await verify(make());
    expect([verdict.verdict, named(verdict, 'failed'), named(verdict, 'not_checked')]).toEqual([wanted, failed, notChecked]);
    expect(verdict.checks.map(({ detail }) => detail).join(' ')).toContain(says ?? '');
    expect(verdict.checks.filter(({ verdict: one, advice }) => (one === 'passed') !== (advice === null))).toEqual([]);
  });
});

describe('a zip from outside', () => {
  const leftThere = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('drydock-report-'));
  /** The zip with the bytes of its directory changed by hand: `at` counts from the first record. */
  const changed = (change: (zip: Buffer, directoryAt: number) => void): string => {
    const zip = readFileSync(`${original}.zip`);
    change(zip, zip.readUInt32LE(zip.length - 22 + 16));
    const path = join(world.home, `zip-${copies}-${randomBytes(4).toString('hex')}`);
    writeFileSync(path, zip);
    return path;
  };
  const rename = (zip: Buffer, at: number, name: (before: string) => string): void => {
    const length = zip.readUInt16LE(at + 28);
    const before = zip.toString('latin1', at + 46, at + 46 + length);
    zip.write(name(before), at + 46, length, 'latin1');
  };
  const bad: readonly (readonly [string, string, (zip: Buffer, at: number) => void])[] = [
    ['leads out of its folder', 'where none belongs', (zip, at) => rename(zip, at, (name) => `../${name.slice(3).replace('/', '_')}`)],
    ['starts at the root', 'where none belongs', (zip, at) => rename(zip, at, (name) => `/${name.slice(1)}`)],
    ['has a second folder', 'where none belongs', (zip, at) => rename(zip, at, (name) => `Z${name.slice(1)}`)],
    ['holds a link', 'holds a link', (zip, at) => void zip.writeUInt32LE(0o120777 * 65536, at + 38)],
    ['is encrypted', 'is encrypted', (zip, at) => void zip.writeUInt16LE(zip.readUInt16LE(at + 8) | 1, at + 8)],
    ['says one name in two ways', 'is damaged', (zip, at) => rename(zip, at, (name) => `${name.slice(0, -1)}x`)],
    ['says of its last file a longer name than it has', 'is damaged', (zip) => void zip.writeUInt16LE(149, zip.lastIndexOf('PK\u0001\u0002', undefined, 'latin1') + 28)],
    ['says that more belongs to its directory', 'is damaged', (zip) => void zip.writeUInt32LE(zip.readUInt32LE(zip.length - 22 + 12) + 1, zip.length - 22 + 12)],
    ['says another checksum of a file', 'is damaged', (zip, at) => void zip.writeUInt32LE((zip.readUInt32LE(at + 16) ^ 1) >>> 0, at + 16)],
    ['would grow without measure', 'unpack to more', (zip, at) => void zip.writeUInt32LE(3 * 1024 ** 3, at + 24)],
    ['grows more than it says', 'is damaged', (zip, at) => void zip.writeUInt32LE(5, at + 24)],
  ];

  it.each(bad)('that %s is refused, and nothing of it is left', async (_what, says, change) => {
    const before = leftThere();
    const path = changed(change);
    await expect(world.handlers['reports.verify']({ handle: world.handleOf(path, 'opened') }, world.caller)).rejects.toMatchObject({ problem: { code: 'not_a_report', detail: expect.stringContaining(says) } });
    expect(leftThere()).toEqual(before);
  });

  it('that has a name twice is refused', async () => {
    const path = join(world.home, `twice-${copies}.zip`);
    await zipFolder(folder, ['results.csv', 'results.csv'], 'report', path, randomBytes);
    await expect(world.handlers['reports.verify']({ handle: world.handleOf(path, 'opened') }, world.caller)).rejects.toMatchObject({ problem: { detail: expect.stringContaining('a name twice') } });
  });
});
