import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import { refusal } from '../operator.testing.ts';
import type { ExportedReport, ReportVerdict } from '../../shared/contract/operator/reports.ts';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { createKnownSigners } from '../keys/known-signers.ts';
import { ensureRegistered } from '../keys/register-key.ts';
import { type ReportHeader, reportHeaderSchema } from './report-document.ts';
import { madeUpRows } from './made-up-rows.testing.ts';
import { createReportWorld, type ReportWorld } from './report-world.testing.ts';

let world: ReportWorld;
let out = '';

beforeEach(async () => begin());
afterEach(() => world.close());

async function begin(over: Partial<Run> = {}, made = madeUpRows()): Promise<void> {
  world = await createReportWorld(made, undefined, over);
  out = join(world.home, 'out');
  mkdirSync(out);
}

/** As with the first report of a person: from here on the server knows whose key it is. */
async function registerKey(): Promise<void> {
  const known = createKnownSigners(world.home, world.clock, world.journal.exclusively);
  await ensureRegistered(await world.environments.connect(), { home: world.home, clock: world.clock, secrets: world.secrets, randomBytes, known, exclusively: world.journal.exclusively });
}

async function watchedToItsEnd(): Promise<void> {
  await registerKey();
  world.setTime('2025-08-09T12:30:00.250Z');
  await world.mirrorRun();
  world.setTime('2025-08-09T13:00:00.000Z');
}

const place = (name: string): string => join(out, name);
const exportTo = async (name: string, redact = false): Promise<ExportedReport> => world.handlers['reports.export']({ run_id: 'run-1', redact, folder_handle: world.handleOf(place(name)) }, world.caller);
const verdictOf = async (name: string): Promise<ReportVerdict> => world.handlers['reports.verify']({ handle: world.handleOf(place(name)) }, world.caller);

function headerOf(name: string): ReportHeader {
  const { items: _items, ...header } = JSON.parse(readFileSync(join(place(name), 'report.json'), 'utf8')) as { items: unknown[] };
  return reportHeaderSchema.parse(header);
}

describe('the report of a run that was watched to its end, while the server is away', () => {
  it.each([false, true])('is made of what is kept here, holds, and says everywhere that the server was not asked and since when (redacted: %s)', async (redact) => {
    await watchedToItsEnd();
    world.server.isAway = true;
    const report = await exportTo('report', redact);
    expect(await verdictOf('report')).toMatchObject({ verdict: 'passed', run_id: 'run-1', signed_by: 'olga' });
    expect(report.as_of).toBe('2025-08-09T12:30:00.250Z');
    const header = headerOf('report');
    expect(header).toMatchObject({ as_of: '2025-08-09T12:30:00.250Z', redacted: redact, made: { server_clock: '2025-08-09T12:30:00.250Z', operator_clock: '2025-08-09T13:00:00.000Z' }, counts: { applied: 20 }, approvals: [{ sub: 'arthur' }] });
    expect(header.left_out.join(' ')).toContain('since 2025-08-09T12:30:00.250Z is not known here');
    const html = readFileSync(join(place('report'), 'report.html'), 'utf8');
    expect(html).toContain('The server could not be asked when this report was made. It tells what was known on 2025-08-09 12:30:00 UTC');
    const { data } = Papa.parse<Record<string, string>>(readFileSync(join(place('report'), 'results.csv'), 'utf8'), { header: true, skipEmptyLines: true });
    expect([data.length, data[0]?.['outcome']]).toEqual([23, 'applied']);
    expect(existsSync(`${place('report')}.zip`)).toBe(true);
  });

  it('has the same items as one that the server was asked for, and such a one says nothing of it', async () => {
    await watchedToItsEnd();
    const live = await exportTo('live');
    world.server.isAway = true;
    await exportTo('kept');
    const itemsOf = (name: string): unknown => (JSON.parse(readFileSync(join(place(name), 'report.json'), 'utf8')) as { items: unknown }).items;
    expect(itemsOf('kept')).toEqual(itemsOf('live'));
    expect(live.as_of).toBeUndefined();
    expect(readFileSync(join(place('live'), 'report.html'), 'utf8')).not.toContain('could not be asked when');
    // What the last export was told is kept, not what was heard before it.
    expect(headerOf('kept').as_of).toBe('2025-08-09T13:00:00.000Z');
  });

  it('tells of a rollback whom it was for, and that the server could not be asked whose work it put back', async () => {
    world.close();
    const made = madeUpRows();
    const items = made.items.slice(0, 2).map(({ seq, row, email, user_id, at }) => ({ seq, row, email, user_id, at, before: null, after: null, outcome: 'nothing_to_revert' as const }));
    await begin({ kind: 'rollback', state: 'completed', plan_hash: null, cohort: null, rows_total: 2, rows_done: 2, preceding_dry_run: null }, { rows: [], items });
    await watchedToItsEnd();
    world.server.isAway = true;
    await exportTo('report');
    expect((await verdictOf('report')).verdict).toBe('passed');
    expect(headerOf('report').left_out.join(' ')).toContain('Which runs were put back could not be asked');
  });
});

describe('a report that can be made neither with the server nor without it', () => {
  async function refusedAway(): Promise<OperatorProblem> {
    world.server.isAway = true;
    const problem = await refusal(exportTo('report'));
    expect(readdirSync(out)).toEqual([]);
    return problem;
  }

  it('is refused with what is missing and what to do, where the journal never saw the run', async () => {
    await registerKey();
    expect(await refusedAway()).toMatchObject({ code: 'report_not_kept', detail: 'This journal knows nothing of that run. No report was written. Export it when the server can be reached again, or on the machine that watched the run to its end.' });
  });

  it('is refused where not every row was recorded', async () => {
    await exportTo('before');
    let pages = 0;
    world.server.leavesAt = (call) => call === 'listRunItems' && (pages += 1) > 1;
    await world.mirrorRun().catch(() => undefined);
    world.server.leavesAt = () => false;
    world.server.isAway = true;
    expect(await refusal(exportTo('report'))).toMatchObject({ code: 'report_not_kept', detail: expect.stringContaining('7 of its 23 rows are recorded') });
    expect(readdirSync(out).toSorted()).toEqual(['before', 'before.zip']);
  });

  it('is refused where the receipt was not kept', async () => {
    await registerKey();
    world.server.leavesAt = (call) => call === 'getReceipt';
    await world.mirrorRun();
    expect(await refusedAway()).toMatchObject({ code: 'report_not_kept', detail: expect.stringContaining("The server's receipt of it was not kept") });
  });

  it('is refused where the key is younger than the receipt, since every check of the report would fail', async () => {
    await world.mirrorRun();
    world.server.isAway = true;
    expect((await refusal(exportTo('report'))).detail).toContain('Your report key is not known to the server yet');
    world.server.isAway = false;
    world.setTime('2025-08-09T14:00:00.000Z');
    await registerKey();
    expect((await refusedAway()).detail).toContain('did not count on 2025-08-09T12:00:00.250Z');
  });

  it('is refused of a run whose people were erased', async () => {
    await watchedToItsEnd();
    world.journal.eraseScopes([world.journal.scopeOfRun('run-1') ?? ''], { run_id: 'run-1' });
    expect((await refusedAway()).detail).toContain('its people were erased');
  });

  it('is refused where what is recorded is not what the receipt states', async () => {
    const last = world.server.items[3];
    if (last !== undefined) world.server.items[3] = { ...last, at: '2025-08-09T10:00:01.000Z' };
    await watchedToItsEnd();
    expect((await refusedAway()).detail).toContain('not those that the kept receipt states');
  });
});

describe('a server that goes away while a report is made', () => {
  /** How many calls a report takes. */
  async function callsOfOne(): Promise<number> {
    let calls = 0;
    world.server.leavesAt = () => {
      calls += 1;
      return false;
    };
    await exportTo('counted');
    world.server.leavesAt = () => false;
    return calls;
  }

  it('costs nothing where the run is kept: at whichever call it goes, the report is made and holds', async () => {
    await watchedToItsEnd();
    const calls = await callsOfOne();
    expect(calls).toBeGreaterThan(10);
    for (let at = 1; at <= calls; at += 1) {
      let left = at;
      world.server.leavesAt = () => (left -= 1) === 0;
      const report = await exportTo(`at-${at}`);
      expect([report.as_of === undefined, (await verdictOf(`at-${at}`)).verdict], `at call ${at}`).toEqual([false, 'passed']);
      world.server.isAway = false;
    }
    expect(readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('leaves nothing where it is not: at whichever call it goes, the export is refused', async () => {
    await registerKey();
    const calls = await callsOfOne();
    for (let at = 1; at <= calls; at += 1) {
      let left = at;
      world.server.leavesAt = () => (left -= 1) === 0;
      expect((await refusal(exportTo('report'))).code, `at call ${at}`).toBe('report_not_kept');
      expect(readdirSync(out).toSorted(), `at call ${at}`).toEqual(['counted', 'counted.zip']);
      world.server.isAway = false;
    }
  });
});
