import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ed25519FromSeed, sha256Bytes, sha512Bytes } from '../../operator/keys/ed25519.ts';
import { manifestText } from '../../operator/reports/manifest.ts';
import { createReportWorld, endedSigner, type ReportWorld, revokedSigner, signerOf } from '../../operator/reports/report-world.testing.ts';
import { withUnzippedReport } from '../../operator/reports/unzip-report.ts';
import { trustInFile, verifyReportAt } from '../../operator/reports/verify-at.ts';
import { zipFolder } from '../../operator/reports/zip-folder.ts';
import { seededRandom } from '../../server/practice/random.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import type { ReportVerdict } from '../../shared/contract/operator/reports.ts';
import { decodeBase64 } from '../../shared/core/base64.ts';
import { signSshsig } from '../../shared/core/sshsig.ts';
import { type MadeUpKind, madeUpKinds, madeUpRun } from '../support/made-up-run.ts';
import { type Mutant, startOperator } from '../support/operator-process.ts';
import { proofSize } from '../support/proof-size.ts';
import { runVerifyLines, verifyLines } from '../support/verify-lines.ts';
import { type ZipPlace, zipPlaces } from '../support/zip-places.ts';

/** Reports hold without us: good ones pass with Drydock and with two common programs alone, and every other one fails. */
const SEED = 20_261_130;
const GOOD = proofSize({ short: 10, full: 100 });
const FLIPS = proofSize({ short: 500, full: 10_000 });
/** How many flips go by before the lines of VERIFY.txt are tried on one, too: each is three programs. */
const FLIPS_A_LINE = proofSize({ short: 100, full: 50 });

/** A report with its world, out of which come the keys that count. */
interface Report {
  readonly world: ReportWorld;
  readonly folder: string;
  readonly zip: string;
}

let root = '';
let signers = '';
const reports: Report[] = [];
const printer = { unavailable: () => undefined, print: async ({ pdfPath }: { readonly pdfPath: string }) => writeFileSync(pdfPath, '%PDF-1.7 made up\n%%EOF\n') };

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'drydock-holds-'));
  signers = join(root, 'allowed_signers');
  for (const [index, kind] of (['execution', 'rollback', 'dry run'] as const).entries()) reports.push(await exported(kind, SEED + index, kind === 'rollback'));
});
afterAll(() => {
  for (const { world } of reports) world.close();
  rmSync(root, { recursive: true, force: true });
});

async function exported(kind: MadeUpKind, seed: number, redact: boolean, isServerAway = false): Promise<Report> {
  const { made, over } = madeUpRun(kind, seededRandom(seed));
  const world = await createReportWorld(made, printer, over);
  const place = join(world.home, 'report');
  if (isServerAway) {
    await world.handlers['reports.export']({ run_id: 'run-1' }, world.caller);
    await world.mirrorRun();
    world.server.isAway = true;
  }
  const { zip } = await world.handlers['reports.export']({ run_id: 'run-1', redact, folder_handle: world.handleOf(place) }, world.caller);
  return { world, folder: place, zip: zip ?? '' };
}

const allowedBy = ({ world }: Report): string => world.signers.map((signer) => signer.allowed_signers_line).join('\n');
const first = (): Report => reportAt(0);
function reportAt(index: number): Report {
  const found = reports[index % reports.length];
  if (found === undefined) throw new Error('no report was made');
  return found;
}

/** By a file of signers alone, as somebody outside does. What is no report at all is refused, which is no pass either. */
async function verdictOf(path: string, allowed: string): Promise<ReportVerdict['verdict'] | 'refused'> {
  writeFileSync(signers, allowed);
  try {
    return (await verifyReportAt(path, trustInFile(signers, () => []))).verdict;
  } catch (thrown) {
    if (thrown instanceof OperatorError && thrown.problem.code === 'not_a_report') return 'refused';
    throw thrown;
  }
}

const filesOf = (folder: string): ReadonlyMap<string, Buffer> => new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));

let copies = 0;
function copyOf(folder: string): string {
  copies += 1;
  const copy = join(root, `copy-${copies}`);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

describe(`good reports, ${GOOD} of ${madeUpKinds.length} kinds`, () => {
  const cases = Array.from({ length: GOOD }, (_, index) => {
    const round = Math.floor(index / madeUpKinds.length);
    const kind = madeUpKinds[index % madeUpKinds.length] ?? 'execution';
    return { index, kind, redact: (index + round) % 3 === 0, isServerAway: kind !== 'dry run' && index % 4 === 1 };
  });

  it.each(cases)('pass with Drydock, as folder and zip, and with ssh-keygen and sha256sum alone: $index, $kind (redacted $redact, server away $isServerAway)', async ({ index, kind, redact, isServerAway }) => {
    const report = await exported(kind, SEED + 1_000 + index, redact, isServerAway);
    try {
      expect(await verdictOf(report.folder, allowedBy(report))).toBe('passed');
      expect(await verdictOf(report.zip, allowedBy(report))).toBe('passed');
      expect(runVerifyLines(report.folder, allowedBy(report))).toEqual([0, 0, 0]);
      // Ended after the run: whoever checks years later has such a list.
      const later = report.world.signers.map((signer) => endedSigner(signer, new Date('2025-10-01')).allowed_signers_line).join('\n');
      expect(await verdictOf(report.folder, later)).toBe('passed');
    } finally {
      report.world.close();
    }
  });
});

/**
 * Bytes of a zip that say nothing of what is in its files: times and versions, what the directory says and counts instead,
 * the bits that fill up the last packed byte, how long a comment at its very end is, and a packed size that is too large, since
 * what is packed says itself where it ends. A flip there may pass, and then every file that comes out is proven to be the same.
 */
const HARMLESS: ReadonlySet<ZipPlace> = new Set(['said_of_the_file', 'said_twice', 'last_packed_byte', 'trailing_length', 'size']);

describe(`a single byte changed, ${FLIPS} times`, () => {
  it(`is refused, wherever it stands, signatures and the zip included (seed ${SEED})`, { timeout: 3_600_000 }, async () => {
    const random = seededRandom(SEED);
    const pick = (count: number): number => Math.floor(random() * count);
    const tried = new Map<string, number>();
    const harmless = new Set<ZipPlace>();
    const copyOfEach = reports.map(({ folder }) => copyOf(folder));
    const changedZip = join(root, 'changed.zip');
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const report = reportAt(flip);
      const copy = copyOfEach[flip % copyOfEach.length] ?? '';
      const names = [...readdirSync(report.folder), 'the zip', 'the zip', 'the zip'];
      const name = names[pick(names.length)] ?? '';
      const bytes = readFileSync(name === 'the zip' ? report.zip : join(report.folder, name));
      const at = pick(bytes.length);
      const changed = Buffer.from(bytes);
      changed[at] = (bytes[at] ?? 0) ^ (1 + pick(255));
      const about = `flip ${flip}: ${name} of report ${flip % reports.length}, byte ${at}, ${String(bytes[at])} to ${String(changed[at])}`;
      tried.set(name, (tried.get(name) ?? 0) + 1);
      if (name === 'the zip') {
        writeFileSync(changedZip, changed);
        if ((await verdictOf(changedZip, allowedBy(report))) !== 'passed') continue;
        const place = zipPlaces(bytes)[at] ?? 'data';
        expect(HARMLESS, `${about}, ${place}`).toContain(place);
        expect(await withUnzippedReport(changedZip, async (folder) => filesOf(folder)), about).toEqual(filesOf(report.folder));
        harmless.add(place);
        continue;
      }
      writeFileSync(join(copy, name), changed);
      expect(await verdictOf(copy, allowedBy(report)), about).toBe('failed');
      if (flip % FLIPS_A_LINE === 0) expect(isSaidByTheLines(copy, report, name, bytes, changed), `${about}, by VERIFY.txt alone`).toBe(true);
      writeFileSync(join(copy, name), bytes);
    }
    expect(tried.size, 'every file and the zip').toBe(12);
    expect(harmless.size).toBeGreaterThan(0);
    for (const [index, copy] of copyOfEach.entries()) expect(await verdictOf(copy, allowedBy(reportAt(index))), 'put right again').toBe('passed');
  });

  /** The lines as they stood before the change, for VERIFY.txt may be what was changed. */
  function isSaidByTheLines(copy: string, report: Report, name: string, before: Buffer, after: Buffer): boolean {
    if (runVerifyLines(copy, allowedBy(report), verifyLines(report.folder)).some((status) => status !== 0)) return true;
    // ssh-keygen is not strict in how a signature is wrapped into lines: then it is the very same signature.
    return name === 'MANIFEST.sha256.sig' && sameSignature(before, after);
  }
});

function sameSignature(one: Buffer, other: Buffer): boolean {
  const blob = (bytes: Buffer): string => bytes.toString('latin1').replaceAll(/-----[A-Z ]+-----|\s/g, '');
  return decodeBase64(blob(one)) !== null && blob(one) === blob(other);
}

describe('a folder that is not what was signed', () => {
  async function expectRefused(change: (copy: string) => void, about: string): Promise<void> {
    const { folder } = first();
    const copy = copyOf(folder);
    change(copy);
    expect(await verdictOf(copy, allowedBy(first())), about).toBe('failed');
    rmSync(copy, { recursive: true });
  }

  const changes: Readonly<Record<string, (path: string, name: string) => void>> = {
    removed: (path) => rmSync(path),
    renamed: (path) => renameSync(path, `${path}.old`),
    'renamed in its letters alone': (path, name) => renameSync(path, join(path, '..', name.toUpperCase() === name ? name.toLowerCase() : name.toUpperCase())),
    emptied: (path) => writeFileSync(path, ''),
    'cut short': (path) => writeFileSync(path, readFileSync(path).subarray(0, -2)),
    'longer by a byte': (path) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from('\n')])),
    'a link to itself elsewhere': (path, name) => (rmSync(path), symlinkSync(join(first().folder, name), path)),
    'a folder': (path) => (rmSync(path), mkdirSync(path)),
    'that of another good report': (path, name) => writeFileSync(path, readFileSync(join(another, name))),
  };
  /** Of the same people and environment, signed by the same keys. */
  let another = '';

  it.each(Object.keys(changes))('is refused where any of its files is %s', async (how) => {
    if (how.startsWith('that of')) another = await secondReport();
    for (const name of readdirSync(first().folder)) await expectRefused((copy) => changes[how]?.(join(copy, name), name), `${name} ${how}`);
  });

  it('is refused where any two of its files changed their content', async () => {
    const names = readdirSync(first().folder);
    for (const [place, name] of names.entries()) {
      for (const second of names.slice(place + 1)) {
        await expectRefused((copy) => {
          renameSync(join(copy, name), join(copy, 'aside'));
          renameSync(join(copy, second), join(copy, name));
          renameSync(join(copy, 'aside'), join(copy, second));
        }, `${name} and ${second}`);
      }
    }
  });

  const added: Readonly<Record<string, (copy: string) => void>> = {
    'a file': (copy) => writeFileSync(join(copy, 'notes.txt'), 'more'),
    'an empty file that nobody sees': (copy) => writeFileSync(join(copy, '.more'), ''),
    'an empty folder': (copy) => mkdirSync(join(copy, 'more')),
    'a link': (copy) => symlinkSync('/nowhere', join(copy, 'more')),
    'its own list of signers': (copy) => writeFileSync(join(copy, 'allowed_signers'), allowedBy(first())),
    'a second receipt': (copy) => writeFileSync(join(copy, 'receipt-2.json'), readFileSync(join(copy, 'receipt.json'))),
  };
  it.each(Object.keys(added))('is refused where there is %s besides', async (what) => expectRefused((copy) => added[what]?.(copy), what));

  it('holds without the line feed that ends its signature, which some programs leave out: it is the very same signature', async () => {
    const copy = copyOf(first().folder);
    const path = join(copy, 'MANIFEST.sha256.sig');
    const [whole, cut] = [readFileSync(path), readFileSync(path).subarray(0, -1)];
    writeFileSync(path, cut);
    expect(await verdictOf(copy, allowedBy(first()))).toBe('passed');
    expect(sameSignature(whole, cut)).toBe(true);
    for (const name of readdirSync(first().folder).filter((one) => !one.startsWith('MANIFEST.sha256.sig'))) await expectRefused((changed) => writeFileSync(join(changed, name), readFileSync(join(changed, name)).subarray(0, -1)), `${name} without its last byte`);
  });

  it('is refused as a zip, too', async () => {
    const { folder } = first();
    const names = readdirSync(folder);
    const copy = copyOf(folder);
    writeFileSync(join(copy, 'more.txt'), 'more');
    const zips: Readonly<Record<string, readonly string[]>> = { added: [...names, 'more.txt'], ...Object.fromEntries(names.map((name) => [`${name} left out`, names.filter((one) => one !== name)])) };
    for (const [what, of] of Object.entries(zips)) {
      const zip = join(root, `${what}.zip`);
      await zipFolder(copy, of, 'report', zip, randomBytes);
      expect(await verdictOf(zip, allowedBy(first())), what).toBe('failed');
    }
  });

  it('is refused where a stranger signed it anew and brings the signers along', async () => {
    expect(await verdictOf(signedByAStranger(), allowedBy(first()))).toBe('failed');
  });

  async function secondReport(): Promise<string> {
    const { world } = first();
    const place = join(world.home, 'second');
    world.setTime('2025-08-09T12:10:00.250Z');
    await world.handlers['reports.export']({ run_id: 'run-1', redact: true, folder_handle: world.handleOf(place) }, world.caller);
    expect(await verdictOf(place, allowedBy(first()))).toBe('passed');
    const same = readdirSync(place).filter((name) => readFileSync(join(place, name)).equals(readFileSync(join(first().folder, name))));
    expect(same).toEqual(['report.pdf']);
    writeFileSync(join(place, 'report.pdf'), 'another page');
    return place;
  }
});

/** A row changed, everything signed anew by a key of nobody's. */
function signedByAStranger(): string {
  const copy = copyOf(first().folder);
  const stranger = ed25519FromSeed(randomBytes(32));
  writeFileSync(join(copy, 'results.csv'), `${readFileSync(join(copy, 'results.csv'), 'utf8')}99,one.more@customers.example\r\n`);
  const names = readdirSync(copy).filter((name) => !name.startsWith('MANIFEST'));
  const manifest = manifestText(new Map(names.map((name) => [name, Buffer.from(sha256Bytes(readFileSync(join(copy, name)))).toString('hex')])));
  writeFileSync(join(copy, 'MANIFEST.sha256'), manifest);
  writeFileSync(join(copy, 'MANIFEST.sha256.sig'), signSshsig({ message: Buffer.from(manifest), namespace: 'drydock-report', ...stranger, sha512: sha512Bytes }));
  return copy;
}

describe('the keys of a good report', () => {
  const lineOf = (kind: 'operator' | 'receipt', change: (signer: ReportWorld['signers'][number]) => string): string =>
    first().world.signers.map((signer) => (signer.kind === kind ? change(signer) : signer.allowed_signers_line)).join('\n');
  const before = new Date('2025-08-09T11:59:59Z');
  const after = new Date('2025-08-09T12:00:01Z');
  const stranger = ed25519FromSeed(Buffer.alloc(32, 7));

  it.each(['operator', 'receipt'] as const)('are refused where the one of the %s is unknown, ended before the run, was revoked or is of something else', async (kind) => {
    const lists: Readonly<Record<string, string>> = {
      unknown: lineOf(kind, () => ''),
      "a stranger's": lineOf(kind, (signer) => signerOf(kind, signer.principal, stranger.publicKey, new Date('2025-01-01')).allowed_signers_line),
      'ended before the run': lineOf(kind, (signer) => endedSigner(signer, before).allowed_signers_line),
      revoked: lineOf(kind, (signer) => revokedSigner(signer, after).allowed_signers_line),
      'for something else': lineOf(kind, (signer) => signer.allowed_signers_line.replace(/namespaces="[^"]*"/, 'namespaces="drydock-signer"')),
    };
    for (const [what, list] of Object.entries(lists)) {
      expect(list, what).not.toBe(allowedBy(first()));
      expect(await verdictOf(first().folder, list), what).toBe('failed');
      expect(runVerifyLines(first().folder, list).filter((status) => status !== 0).length, `${what}, by VERIFY.txt alone`).toBe(1);
    }
  });

  it.each(['operator', 'receipt'] as const)('pass where the one of the %s ended after the run', async (kind) => {
    const list = lineOf(kind, (signer) => endedSigner(signer, after).allowed_signers_line);
    expect(await verdictOf(first().folder, list)).toBe('passed');
    expect(runVerifyLines(first().folder, list)).toEqual([0, 0, 0]);
  });

  it('are refused once the server says that one was revoked, and from memory when it is away', async () => {
    const { world, folder } = first();
    const verdict = async (): Promise<ReportVerdict['verdict']> => (await world.handlers['reports.verify']({ handle: world.handleOf(folder) }, world.caller)).verdict;
    expect(await verdict()).toBe('passed');
    const kept = [...world.signers];
    for (const [place, signer] of kept.entries()) {
      world.signers.splice(place, 1, revokedSigner(signer, after));
      expect(await verdict(), signer.kind).toBe('failed');
      world.server.isAway = true;
      expect(await verdict(), `${signer.kind}, from memory`).toBe('failed');
      world.server.isAway = false;
      world.signers.splice(place, 1, signer);
    }
    expect(await verdict()).toBe('passed');
  });
});

/** Wrong designs of a verifier. Each takes for good what the real one refuses. */
const mutants: Readonly<Record<string, { readonly mutant: Mutant; readonly attack: () => string }>> = {
  'does not look for files that were added': {
    mutant: { file: '/operator/reports/report-files.ts', from: 'else if (!hashes.has(name) && name !== MANIFEST', to: 'else if (false && name !== MANIFEST' },
    attack: () => {
      const copy = copyOf(first().folder);
      writeFileSync(join(copy, 'notes.txt'), 'more');
      return copy;
    },
  },
  'trusts the keys that the report itself brings': {
    mutant: {
      file: '/operator/reports/verify-report.ts',
      from: 'receipt === null ? undefined : await findTrustedKeys(receipt.environment.id, receiptKey.publicKey)',
      to: "{ basis: 'file', origin: 'the report', revoked: [], allowed: [reportKey, receiptKey].map(({ publicKey }) => ({ principals: ['olga'], namespaces: null, validAfterSeconds: null, validBeforeSeconds: null, publicKey })) }",
    },
    attack: signedByAStranger,
  },
};

describe('a verifier that', () => {
  it.each(Object.keys(mutants))('%s is caught: it passes what is refused', async (what) => {
    const { attack, mutant } = mutants[what] ?? {};
    const folder = attack?.() ?? '';
    expect(await verdictOf(folder, allowedBy(first()))).toBe('failed');
    const asked = await startOperator(['report', 'verify', folder, '--signers', signers], { DRYDOCK_HOME: join(root, 'home') }, mutant === undefined ? [] : [mutant]).ended;
    expect([asked.exitCode, asked.stderr]).toEqual([0, '']);
    expect(JSON.parse(asked.stdout)).toMatchObject({ verdict: 'passed' });
  });
});
