import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVerifications } from '../reports/verifications.ts';
import { createReportWorld, type ReportWorld } from '../reports/report-world.testing.ts';

let world: ReportWorld;
let folder = '';
let reportId = '';

beforeEach(async () => {
  world = await createReportWorld();
  ({ folder, report_id: reportId } = await world.handlers['reports.export']({ run_id: 'run-1' }, world.caller));
});
afterEach(() => world.close());

const verify = (input: Parameters<ReportWorld['handlers']['reports.verify']>[0]) => world.handlers['reports.verify'](input, world.caller);
const list = () => world.handlers['reports.list']({}, world.caller);

/** The files as a browser uploads them: under names that say nothing, known by the name they had. */
function uploaded(from = folder): string[] {
  return readdirSync(from).map((name, index) => {
    const path = join(world.home, `upload-${index}-${name.length}`);
    writeFileSync(path, readFileSync(join(from, name)));
    return world.handleOf(path, 'spooled', name);
  });
}

describe('the files of a folder that was dropped', () => {
  it('are verified like the folder itself, and nothing of them is left lying beside the uploads', async () => {
    const before = readdirSync(world.home).toSorted();
    const handles = uploaded();
    const verdict = await verify({ file_handles: handles, folder_name: 'report-2025' });
    expect(verdict).toMatchObject({ verdict: 'passed', folder_name: 'report-2025', signed_by: 'olga', issued_at: '2025-08-09T12:00:00.250Z' });
    const spool = readdirSync(join(world.home, 'spool'), { recursive: true, withFileTypes: true });
    expect(spool.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual([]);
    expect(readdirSync(world.home).filter((name) => !name.startsWith('upload-')).toSorted()).toEqual([...before, 'spool', 'verified-reports.json'].toSorted());
  });

  it('are refused with one too many, one too few, or one that was changed', async () => {
    const added = join(world.home, 'added');
    writeFileSync(added, 'x');
    const failed = async (handles: readonly string[]) => (await verify({ file_handles: [...handles] })).checks.filter((check) => check.verdict === 'failed').map(({ name }) => name);
    expect(await failed([...uploaded(), world.handleOf(added, 'spooled', 'notes.txt')])).toEqual(['files']);
    expect(await failed(uploaded().slice(1))).toContain('files');
    const changed = uploaded();
    const place = readdirSync(folder).indexOf('results.csv');
    writeFileSync(join(world.home, `upload-${place}-${'results.csv'.length}`), 'row\n');
    expect(await failed(changed)).toContain('hashes');
  });

  it('that cannot lie in one folder are no report, in words that name no path', async () => {
    const twice = [...uploaded(), world.handleOf(join(folder, 'VERIFY.txt'), 'opened', 'verify.TXT')];
    const gone = world.handleOf(join(world.home, 'nowhere'), 'opened', 'report.json');
    const inside = world.handleOf(folder, 'folder');
    for (const handles of [twice, [gone], [inside]]) {
      const refused: unknown = await verify({ file_handles: handles }).catch((thrown: unknown) => thrown);
      expect(refused).toMatchObject({ problem: { code: 'not_a_report' } });
      expect(JSON.stringify((refused as { problem: unknown }).problem)).not.toContain(world.home);
    }
  });
});

describe('an upload', () => {
  it('is called by the name that the person knows, in the verdict and in what is refused', async () => {
    const zip = join(world.home, 'upload-zip');
    writeFileSync(zip, readFileSync(`${folder}.zip`));
    expect((await verify({ handle: world.handleOf(zip, 'spooled', 'from-the-auditor.zip') })).folder_name).toBe('from-the-auditor.zip');
    const signers = join(world.home, 'upload-signers');
    writeFileSync(signers, (await world.handlers['reports.getSigners']({}, world.caller)).lines.join('\n'));
    const verdict = await verify({ handle: world.handleOf(zip, 'spooled', 'a.zip'), signers_handle: world.handleOf(signers, 'spooled', 'allowed_signers') });
    expect(verdict).toMatchObject({ verdict: 'passed', checks: expect.arrayContaining([expect.objectContaining({ name: 'signer', detail: 'olga, from allowed_signers.' })]) as unknown });
    rmSync(signers);
    await expect(verify({ handle: world.handleOf(zip, 'spooled', 'a.zip'), signers_handle: world.handleOf(signers, 'spooled', 'allowed_signers') })).rejects.toMatchObject({ problem: { code: 'signers_unreadable', detail: expect.stringMatching(/^allowed_signers must be/) as unknown } });
  });
});

describe('that a report was verified', () => {
  it('is remembered with its verdict, for those exported here and for those from elsewhere, without the server too', async () => {
    expect((await list()).items[0]?.verification).toBeNull();
    world.server.isAway = true;
    world.setTime('2025-08-09T13:00:00.000Z');
    await verify({ report_id: reportId });
    writeFileSync(join(folder, 'results.csv'), 'changed');
    await verify({ handle: world.handleOf(folder) });
    const { items, brought } = await list();
    expect(items[0]?.verification).toEqual({ verdict: 'passed', signed_by: 'olga', verified_at: '2025-08-09T13:00:00.000Z' });
    expect(brought).toEqual([expect.objectContaining({ verdict: 'failed', run_id: 'run-1', verified_at: '2025-08-09T13:00:00.000Z' })]);
    world.setTime('2025-08-09T14:00:00.000Z');
    await verify({ report_id: reportId });
    await verify({ handle: world.handleOf(folder) });
    expect((await list()).items[0]?.verification).toMatchObject({ verdict: 'failed', verified_at: '2025-08-09T14:00:00.000Z' });
    expect((await list()).brought).toHaveLength(1);
  });

  it('is no reason for no verdict where it cannot be written down, and a damaged memory is begun anew', async () => {
    const database = new Database(world.journal.path);
    database.exec("CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT raise(ABORT, 'no room'); END");
    database.close();
    expect(() => world.journal.append({ kind: 'report.exported', payload: {} })).toThrow('takes no more entries');
    expect(await verify({ report_id: reportId })).toMatchObject({ verdict: 'passed', kept: false });
    expect((await list()).items[0]?.verification).toBeNull();
    writeFileSync(join(world.home, 'verified-reports.json'), '{"version":1,"exported":');
    expect((await list()).brought).toEqual([]);
  });

  it('is forgotten of reports from elsewhere when the people of their run are erased, and of no other', async () => {
    const memory = createVerifications(world.home, (work) => work());
    const common = { verdict: 'passed', signed_by: 'olga', verified_at: '2025-08-09T13:00:00.000Z' } as const;
    for (const runId of ['run-1', 'run-2', 'x'.repeat(5_000)]) memory.keepBrought({ ...common, name: `${runId}.zip`, run_id: runId });
    memory.forgetRuns(['run-1']);
    expect(memory.brought().map(({ name }) => name.length)).toEqual([200, 'run-2.zip'.length]);
  });
});
