import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReportWorld, type ReportWorld } from '../../operator/reports/report-world.testing.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { refusal } from '../../operator/operator.testing.ts';
import type { ExportedReport } from '../../shared/contract/operator/reports.ts';
import { projectFolder } from '../support/command-line.ts';

/** A report and a place that is in trouble: a plain error, and nothing half-written. */
let root = '';
let out = '';
let world: ReportWorld;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'drydock-report-trouble-'));
  out = join(root, 'out');
  mkdirSync(out);
  world = await createReportWorld();
});
afterEach(() => {
  world.close();
  rmSync(root, { recursive: true, force: true });
});

const exportTo = async (place?: string): Promise<ExportedReport> => world.handlers['reports.export']({ run_id: 'run-1', ...(place === undefined ? {} : { folder_handle: world.handleOf(place) }) }, world.caller);
const holds = async (place: string): Promise<string> => (await world.handlers['reports.verify']({ handle: world.handleOf(place) }, world.caller)).verdict;

const url = (path: string): string => JSON.stringify(pathToFileURL(join(projectFolder, path)).href);

/** A program that exports a made-up run to `place`, with a PDF of so many bytes that no zip makes smaller. */
function exporting(kind: string, place: string, print: string): string {
  const file = join(root, 'child.mjs');
  writeFileSync(
    file,
    `import { createReportWorld } from ${url('operator/reports/report-world.testing.ts')}; import { madeUpRun } from ${url('tests/support/made-up-run.ts')}; import { seededRandom } from ${url('server/practice/random.ts')};
    import { randomBytes } from 'node:crypto'; import { writeFileSync } from 'node:fs';
    const { made, over } = madeUpRun(${JSON.stringify(kind)}, seededRandom(1));
    const world = await createReportWorld(made, { unavailable: () => undefined, print: async ({ pdfPath }) => { ${print} } }, over);
    const told = await world.handlers['reports.export']({ run_id: 'run-1', folder_handle: world.handleOf(${JSON.stringify(place)}) }, world.caller).catch((thrown) => ({ refused: thrown.problem ?? String(thrown) }));
    console.log(JSON.stringify(told));
    world.close();`,
  );
  return file;
}

const printing = (bytes: number): string => `writeFileSync(pdfPath, randomBytes(${bytes}))`;

function run(before: readonly string[], file: string): unknown {
  const [program, ...args] = [...before, process.execPath, file];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

/** No file of the child may grow past so many bytes, which to it is a disk without room; the signal is let pass. */
const withRoomFor = (bytes: number): readonly string[] => ['/bin/sh', '-c', `trap "" XFSZ; ulimit -f ${Math.floor(bytes / 512)}; exec "$0" "$@"`];

describe('a disk without room', () => {
  it('in the middle of report.json: no report, nothing left, and a plain sentence', () => {
    const told = run(withRoomFor(500_000), exporting('many rows', join(out, 'report'), printing(10)));
    expect(told).toMatchObject({ refused: { code: 'report_not_written', detail: `The disk is full. Nothing was left at ${join(out, 'report')}. Make room or choose another folder, then export again.` } });
    expect(readdirSync(out)).toEqual([]);
  });

  it('for the zip alone: the folder is whole, and it is said why there is no zip', async () => {
    const place = join(out, 'report');
    const told = run(withRoomFor(610_000), exporting('one row', place, printing(605_000)));
    expect(told).toMatchObject({ folder: place, zip: null, left_out: expect.arrayContaining(['The zip could not be written: the disk is full. The folder is whole.']) as string[] });
    expect(readdirSync(out)).toEqual(['report']);
    expect(readdirSync(place)).toHaveLength(11);
  });
});

describe('a place where one may not write', () => {
  it('is said, and nothing is left there', () => {
    for (const folder of [root, out]) chmodSync(folder, 0o755);
    // Whoever may do everything may write there too, so the child is somebody else then; not root, it is the folder's own owner who may not.
    const isRoot = process.getuid?.() === 0;
    if (!isRoot) chmodSync(out, 0o555);
    const told = run(isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [], exporting('one row', join(out, 'report'), printing(10)));
    expect(told).toMatchObject({ refused: { code: 'report_not_written', detail: expect.stringContaining('You may not write there.') as string } });
    expect(readdirSync(out)).toEqual([]);
  });

  it('is said in words where it is the app’s own folder of reports', async () => {
    writeFileSync(join(world.home, 'reports'), 'in the way');
    expect(await refusal(exportTo())).toMatchObject({ code: 'report_not_written', detail: expect.stringContaining(join(world.home, 'reports')) as string });
    expect(readFileSync(join(world.home, 'reports'), 'utf8')).toBe('in the way');
  });
});

describe('a place that is taken', () => {
  const takes: Readonly<Record<string, (place: string) => void>> = {
    'by a folder': (place) => mkdirSync(place),
    'by a file': (place) => writeFileSync(place, 'mine'),
    'by a dangling link': (place) => symlinkSync('/nowhere/at/all', place),
    'by a zip of that name': (place) => writeFileSync(`${place}.zip`, 'mine'),
    'by a dangling link in the place of its zip': (place) => symlinkSync('/nowhere/at/all', `${place}.zip`),
  };

  it.each(Object.keys(takes))('%s is left as it is', async (how) => {
    const place = join(out, 'report');
    takes[how]?.(place);
    const before = readdirSync(out);
    expect(await refusal(exportTo(place))).toMatchObject({ code: 'report_exists', detail: expect.stringContaining(join(out, before[0] ?? '')) as string });
    expect(readdirSync(out)).toEqual(before);
  });

  it.each(Object.keys(takes))('%s only while the report was made is left as it is', async (how) => {
    const place = join(out, 'report');
    world.server.leavesAt = (call) => {
      if (call === 'listRunItems' && readdirSync(out).length === 1) takes[how]?.(place);
      return false;
    };
    expect((await refusal(exportTo(place))).code).toBe('report_exists');
    expect(readdirSync(out)).toHaveLength(1);
  });

  it('by another export at the same moment goes to one of them; the other says so, and leaves nothing', async () => {
    for (let round = 0; round < 4; round += 1) {
      const place = join(out, `report-${round}`);
      const results = await Promise.allSettled([exportTo(place), exportTo(place), exportTo(place)]);
      const codes = results.map((result) => (result.status === 'fulfilled' ? 'made' : result.reason instanceof OperatorError ? result.reason.problem.code : String(result.reason)));
      expect(codes.toSorted()).toEqual(['made', 'report_exists', 'report_exists']);
      expect(await holds(place)).toBe('passed');
      expect(await world.handlers['reports.verify']({ handle: world.handleOf(`${place}.zip`, 'opened') }, world.caller)).toMatchObject({ verdict: 'passed' });
    }
    expect(readdirSync(out)).toHaveLength(8);
  });

  it('by nobody who was asked, since the app chose it, is another one for the second of two exports', async () => {
    const made = await Promise.all([exportTo(), exportTo(), exportTo()]);
    expect(new Set(made.map(({ folder }) => folder)).size).toBe(3);
    for (const { folder, zip } of made) expect([await holds(folder), zip]).toEqual(['passed', `${folder}.zip`]);
    expect(readdirSync(join(world.home, 'reports'))).toHaveLength(6);
  });
});

describe('an export that is killed', () => {
  let child: ChildProcess | undefined;
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  it('is no report, and what it left is gone with the next one there, a zip that was not whole included', async () => {
    const place = join(out, 'report');
    child = spawn(process.execPath, [exporting('one row', place, `writeFileSync(${JSON.stringify(join(root, 'printing'))}, ''); await new Promise((resolve) => setTimeout(resolve, 600_000))`)], { stdio: 'ignore' });
    await expect.poll(() => existsSync(join(root, 'printing')), { timeout: 60_000 }).toBe(true);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    const [left = ''] = readdirSync(out);
    expect(left).toMatch(/^\.drydock-report-.*\.partial$/);
    expect(readdirSync(join(out, left))).toContain('report.json');
    writeFileSync(join(out, `.drydock-report-${hash('sha256', hostname()).slice(0, 8)}-${String(child.pid)}-0123456789ab.partial`), 'half a zip');
    await exportTo(place);
    expect(readdirSync(out).toSorted()).toEqual(['report', 'report.zip']);
    expect(await holds(place)).toBe('passed');
  });
});

describe('a journal that takes no more entries', () => {
  it('does not lose a report that is whole: the error says where it is', async () => {
    const place = join(out, 'report');
    world.server.leavesAt = (call) => {
      if (call === 'listRunItems') rmSync(world.journal.path, { force: true });
      return false;
    };
    const problem = await refusal(exportTo(place));
    expect(problem).toMatchObject({ code: 'report_not_listed', detail: expect.stringMatching(new RegExp(`^It is whole, at ${place}\\. .*journal`)) as string });
    expect(await holds(place)).toBe('passed');
  });
});
