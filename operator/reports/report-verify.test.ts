import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReportVerdict } from '../../shared/contract/operator/reports.ts';
import { ed25519FromSeed, sha512Bytes } from '../keys/ed25519.ts';
import { signSshsig } from '../../shared/core/sshsig.ts';
import { manifestText } from './manifest.ts';
import { createReportWorld, signerOf, type ReportWorld } from './report-world.testing.ts';

let world: ReportWorld;
let original = '';
let folder = '';
let copies = 0;

beforeAll(async () => {
  world = await createReportWorld();
  original = (await world.handlers['reports.export']({ run_id: 'run-1' }, world.caller)).folder;
  renew();
});
afterAll(() => world.close());

function renew(): void {
  copies += 1;
  folder = join(world.home, `copy-${copies}`);
  cpSync(original, folder, { recursive: true });
}
const verify = async (over: { signers_handle?: string } = {}): Promise<ReportVerdict> => world.handlers['reports.verify']({ handle: world.handleOf(folder), ...over }, world.caller);
const failed = (verdict: ReportVerdict): string[] => verdict.checks.filter((check) => check.verdict === 'failed').map((check) => check.name);
const signersFile = (text: string): string => {
  const path = join(world.home, `allowed-${copies}-${text.length}`);
  writeFileSync(path, text);
  return world.handleOf(path, 'opened');
};
const sha256sum = (path: string): string => execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);

/** Makes a changed folder consistent again, signed by whoever has this key. */
function resign(key: ReturnType<typeof ed25519FromSeed>): void {
  const names = readdirSync(folder).filter((name) => !name.startsWith('MANIFEST'));
  const manifest = manifestText(new Map(names.map((name) => [name, sha256sum(join(folder, name))])));
  writeFileSync(join(folder, 'MANIFEST.sha256'), manifest);
  writeFileSync(join(folder, 'MANIFEST.sha256.sig'), signSshsig({ message: Buffer.from(manifest), namespace: 'drydock-report', ...key, sha512: sha512Bytes }));
}

describe('a report as it was exported', () => {
  it('passes every check: with the server, from memory, with a file, and as its zip', async () => {
    const { lines } = await world.handlers['reports.getSigners']({}, world.caller);
    const passed = { verdict: 'passed', run_id: 'run-1', signed_by: 'olga' };
    const verdict = await verify();
    expect(verdict).toMatchObject(passed);
    expect(verdict.checks.map((check) => check.name)).toEqual(['files', 'hashes', 'manifest_signature', 'signer', 'receipt_signature', 'receipt_agrees', 'author', 'journal']);
    world.server.isAway = true;
    const offline = await verify();
    expect(offline).toMatchObject(passed);
    expect(offline.checks.find((check) => check.name === 'signer')?.detail).toContain('could not be asked');
    expect(await verify({ signers_handle: signersFile(`${lines.join('\n')}\n`) })).toMatchObject(passed);
    world.server.isAway = false;
    expect(await world.handlers['reports.verify']({ handle: world.handleOf(`${original}.zip`, 'opened') }, world.caller)).toMatchObject(passed);
  });

  it('is not judged by a list of signers that cannot be read, and only a few of its unreadable lines are named', async () => {
    await expect(verify({ signers_handle: world.handleOf(join(world.home, 'nowhere'), 'opened') })).rejects.toThrow('The list of signers cannot be read');
    await expect(verify({ signers_handle: world.handleOf(world.home, 'opened') })).rejects.toThrow('The list of signers cannot be read');
    const { checks } = await verify({ signers_handle: signersFile('nonsense\n'.repeat(60)) });
    expect(checks.find((check) => check.name === 'signer')?.detail).toContain('lines 1, 2, 3, 4, 5 and 55 more could not be read');
  });

  it('has a zip that other programs open', () => {
    const listed = spawnSync('python3', ['-c', 'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print(len(z.namelist()))', `${original}.zip`], { encoding: 'utf8' });
    if (listed.error === undefined) expect(listed.stdout.trim()).toBe('10');
  });
});

describe('a report that was changed', () => {
  beforeEach(renew);

  it('fails when any file is removed or renamed, or one is added', async () => {
    for (const name of readdirSync(original)) {
      const path = join(folder, name);
      const aside = join(world.home, 'aside');
      renameSync(path, aside);
      expect((await verify()).verdict, `${name} removed`).toBe('failed');
      renameSync(aside, `${path}.old`);
      expect((await verify()).verdict, `${name} renamed`).toBe('failed');
      renameSync(`${path}.old`, path);
    }
    appendFileSync(join(folder, 'allowed_signers'), 'x');
    expect(failed(await verify())).toEqual(['files']);
    rmSync(join(folder, 'allowed_signers'));
    mkdirSync(join(folder, 'more'));
    expect(failed(await verify())).toEqual(['files']);
    rmSync(join(folder, 'more'), { recursive: true });
    rmSync(join(folder, 'results.csv'));
    symlinkSync(join(original, 'results.csv'), join(folder, 'results.csv'));
    expect(failed(await verify())).toEqual(['files']);
  });

  it('fails when a stranger signs it anew, whoever they say they are', async () => {
    appendFileSync(join(folder, 'results.csv'), '99,more\r\n');
    const stranger = ed25519FromSeed(randomBytes(32));
    resign(stranger);
    expect(failed(await verify())).toEqual(['signer']);
    const theirs = signerOf('operator', 'olga', stranger.publicKey, new Date('2025-01-01')).allowed_signers_line;
    const ours = world.signers.map((signer) => signer.allowed_signers_line).join('\n');
    expect((await verify({ signers_handle: signersFile(ours) })).verdict).toBe('failed');
    // Only whoever trusts that file is taken in; the receipt still shows what the server said.
    expect((await verify({ signers_handle: signersFile(`${theirs}\n${ours}`) })).verdict).toBe('passed');
  });

  it('fails when the signer tells another story than the receipt', async () => {
    const insider = ed25519FromSeed(randomBytes(32));
    const trusted = [...world.signers.map((signer) => signer.allowed_signers_line), signerOf('operator', 'olga', insider.publicKey, new Date('2025-01-01')).allowed_signers_line].join('\n');
    const stories: readonly (readonly [string, (text: string) => string])[] = [
      ['an item', (text) => text.replace('"outcome":"failed"', '"outcome":"skipped"').replace(/"code":"email_taken",|"field":"emails",|"message":"(?:[^"\\]|\\.)*",/g, '')],
      ['an item left out', (text) => text.replace(/\n\{[^\n]*"row":5,[^\n]*,(?=\n)/, '')],
      ['counts', (text) => text.replace('"failed": 1', '"failed": 0')],
      ['plan', (text) => text.replace('a'.repeat(64), 'd'.repeat(64))],
      ['cohort', (text) => text.replace(`"cohort": "${'b'.repeat(64)}"`, `"cohort": "${'d'.repeat(64)}"`)],
      ['approver', (text) => text.replace('"sub": "arthur"', '"sub": "olga"')],
      ['items again under the same name', (text) => text.replace(/\n\}\n$/, ',\n  "items": []\n}\n')],
      ['a field twice', (text) => text.replace('"report_version": 1,', '"report_version": 1,\n  "redacted": true,')],
    ];
    for (const [what, change] of stories) {
      const text = readFileSync(join(original, 'report.json'), 'utf8');
      expect(change(text), what).not.toBe(text);
      writeFileSync(join(folder, 'report.json'), change(text));
      resign(insider);
      expect(failed(await verify({ signers_handle: signersFile(trusted) })), what).toEqual(['receipt_agrees']);
    }
    writeFileSync(join(folder, 'report.json'), readFileSync(join(original, 'report.json'), 'utf8').replace('"by": "olga"', '"by": "otto"'));
    resign(insider);
    expect(failed(await verify({ signers_handle: signersFile(trusted) }))).toEqual(['author']);
  });

  it('fails when a journal line was edited, swapped or left out', async () => {
    const insider = ed25519FromSeed(randomBytes(32));
    const trusted = signersFile([...world.signers.map((signer) => signer.allowed_signers_line), signerOf('operator', 'olga', insider.publicKey, new Date('2025-01-01')).allowed_signers_line].join('\n'));
    const text = readFileSync(join(original, 'journal.jsonl'), 'utf8');
    const lines = text.trimEnd().split('\n');
    for (const changed of [text.replace('run-1', 'run-9'), `${lines.toReversed().join('\n')}\n`, `${lines.slice(1).join('\n')}\n`, text.trimEnd(), `${text}\n`]) {
      writeFileSync(join(folder, 'journal.jsonl'), changed);
      resign(insider);
      expect(failed(await verify({ signers_handle: trusted }))).toEqual(['journal']);
    }
  });
});

describe('the keys of a report', () => {
  beforeEach(renew);

  it('fail when revoked or unknown, and pass when they ended after the run', async () => {
    const mine = world.signers.findIndex((signer) => signer.kind === 'operator');
    const [signer] = world.signers.slice(mine, mine + 1);
    if (signer === undefined) throw new Error('nobody signed');
    world.signers[mine] = { ...signer, revoked_at: '2025-09-01T00:00:00.000Z', allowed_signers_line: `# revoked ${signer.allowed_signers_line}` };
    const verdict = await verify();
    expect(failed(verdict)).toEqual(['signer']);
    expect(verdict.checks.find((check) => check.name === 'signer')?.detail).toContain('revoked on 2025-09-01');
    world.server.isAway = true;
    expect(failed(await verify())).toEqual(['signer']);
    world.server.isAway = false;
    world.signers[mine] = signer;

    const lineOf = (before: string): string => signer.allowed_signers_line.replace(' ssh-ed25519', `,valid-before="${before}" ssh-ed25519`);
    const receiptLine = world.signers[0]?.allowed_signers_line ?? '';
    expect((await verify({ signers_handle: signersFile(`${lineOf('20250810000000Z')}\n${receiptLine}`) })).verdict).toBe('passed');
    expect(failed(await verify({ signers_handle: signersFile(`${lineOf('20250809115959Z')}\n${receiptLine} `) }))).toEqual(['signer']);
    expect(failed(await verify({ signers_handle: signersFile('') }))).toEqual(['signer']);
    const otherServer = signerOf('receipt', 'drydock-server@env-world', ed25519FromSeed(randomBytes(32)).publicKey, new Date('2025-01-01')).allowed_signers_line;
    expect(failed(await verify({ signers_handle: signersFile(`${signer.allowed_signers_line}\n${otherServer}`) }))).toEqual(['receipt_signature']);
  });

  it('are refused in a home that never saw the environment, until a file is given', async () => {
    const other = await createReportWorld();
    try {
      const receipt = readFileSync(join(folder, 'receipt.json'), 'utf8');
      expect(receipt).toContain('env-world');
      const verdict = await other.handlers['reports.verify']({ handle: other.handleOf(folder) }, other.caller);
      expect(failed(verdict)).toEqual(['signer', 'receipt_signature']);
      const path = join(world.home, 'from-the-owner');
      writeFileSync(path, world.signers.map((signer) => signer.allowed_signers_line).join('\n'));
      expect((await other.handlers['reports.verify']({ handle: other.handleOf(folder), signers_handle: other.handleOf(path, 'opened') }, other.caller)).verdict).toBe('passed');
    } finally {
      other.close();
    }
  });
});

describe('what is no report', () => {
  it('is refused or fails in words, never by a fault', async () => {
    const empty = join(world.home, 'empty');
    mkdirSync(empty);
    const verdict = await world.handlers['reports.verify']({ handle: world.handleOf(empty) }, world.caller);
    expect(verdict).toMatchObject({ verdict: 'failed', run_id: null, signed_by: null });
    const bytes = readFileSync(`${original}.zip`);
    for (const [at, cut] of [[0, 0], [10, 100], [0, 40], [0, bytes.length - 30], [bytes.length - 60, bytes.length]] as const) {
      const path = join(world.home, `cut-${at}-${cut}.zip`);
      writeFileSync(path, bytes.subarray(at, cut));
      const answer = await world.handlers['reports.verify']({ handle: world.handleOf(path, 'opened') }, world.caller).catch(String);
      expect(typeof answer === 'string' ? answer : answer.verdict).toMatch(/not_a_report|failed/);
    }
    await expect(world.handlers['reports.verify']({ handle: world.handleOf(join(world.home, 'nowhere')) }, world.caller)).rejects.toThrow('report_missing');
  });
});

