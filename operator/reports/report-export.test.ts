import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHeaderSchema } from './report-document.ts';
import { createReportWorld, type ReportWorld } from './report-world.testing.ts';

let world: ReportWorld;
let folder = '';
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

beforeAll(async () => {
  world = await createReportWorld();
  folder = (await world.handlers['reports.export']({ run_id: 'run-1' }, world.caller)).folder;
});
afterAll(() => world.close());

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing was refused',
    (thrown: unknown) => String(thrown),
  );
}

describe('an exported report', () => {
  it('has every file and no other, in a private folder, with a zip beside it', async () => {
    expect(readdirSync(folder).sort()).toEqual(['MANIFEST.sha256', 'MANIFEST.sha256.sig', 'VERIFY.txt', 'journal.jsonl', 'receipt.json', 'receipt.json.sig', 'rejects.csv', 'report.html', 'report.json', 'results.csv']);
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(existsSync(`${folder}.zip`)).toBe(true);
    expect(basename(folder)).toBe('2025-08-09-execution-20250809T120000Z');
    const { items } = await world.handlers['reports.list']({}, world.caller);
    expect(items).toHaveLength(1);
    expect(items[0]?.left_out).toHaveLength(2);
    expect(items[0]?.left_out[0]).toContain('report.pdf');
    expect(items[0]?.left_out[1]).toContain('not made with this journal');
  });

  it('says in report.json who, when, what and what not, and that is plain JSON', () => {
    const document: unknown = JSON.parse(read('report.json'));
    expect(document).toMatchObject({
      made: { by: 'olga', operator_clock: '2025-08-09T12:00:00.250Z' },
      source: { sha256: 'c'.repeat(64), rows: 26, rejected: 1, duplicates: 1 },
      approvals: [{ sub: 'arthur', comment: 'Looked at <all> of it.' }],
      counts: { applied: 20, failed: 1, drifted: 1, skipped: 1 },
      verification: null,
    });
    const { items, ...header } = document as { items: unknown[] };
    expect(items).toHaveLength(23);
    expect(reportHeaderSchema.parse(header).gates.map((gate) => gate.name)).toEqual(['load', 'check', 'dry_run', 'test_run', 'approval', 'execution']);
  });

  it('lists every row of the plan in results.csv, neutralises formulas and leaves numbers alone', () => {
    const { data } = Papa.parse<Record<string, string>>(read('results.csv'), { header: true, skipEmptyLines: true });
    expect(data.map((row) => row['row'])).toEqual(Array.from({ length: 24 }, (_, index) => String(index + 1)));
    expect(data[5]).toMatchObject({ email: 'person6@shop.example', outcome: '', seq: '' });
    expect(data[2]?.['reason']).toBe(`'=HYPERLINK("http://evil")`);
    expect(data[0]).toMatchObject({ match: 'MATCH_EMAIL', action: 'UPDATE_EXISTING', outcome: 'applied', after: '{"emails":["person1@shop.example"],"stripe_customer_id":"cus_1"}' });
  });

  it('lists rejected and duplicate rows of the file in rejects.csv', () => {
    const { data } = Papa.parse<Record<string, string>>(read('rejects.csv'), { header: true, skipEmptyLines: true });
    expect(data).toEqual([
      expect.objectContaining({ line: '4', status: 'rejected', value: "'=***" }),
      expect.objectContaining({ line: '9', status: 'duplicate', reason: 'Line 2 has this address already.' }),
    ]);
  });

  it('holds the journal lines of its run and of no other', () => {
    const lines = read('journal.jsonl').trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual(['source.checked', 'run.observed', 'run.observed', 'approvals.mirrored', 'receipt.kept']);
    expect(lines.filter((line) => line.includes('run-1'))).toHaveLength(4);
    expect(read('journal.jsonl')).toContain('source.checked');
    expect(read('journal.jsonl')).not.toContain('run-2');
    expect(read('journal.jsonl')).not.toContain('shop.example');
  });

  it('is readable as a page that runs nothing, fetches nothing and shows what hides', async () => {
    const { items } = await world.handlers['reports.list']({}, world.caller);
    const { html } = await world.handlers['reports.getHtml']({ report_id: items[0]?.report_id ?? '' }, world.caller);
    expect(html).toBe(read('report.html'));
    expect(html).toContain(`default-src 'none'; style-src 'sha256-`);
    expect(html).not.toMatch(/<script|<img|<link|<iframe|javascript:|url\(|@import/i);
    expect(html.match(/https?:\/\//g)?.length).toBe(1);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('<span class="code">U+202E</span>gnp.exe<span class="code">U+0007</span>');
    expect(html).toContain('customers &lt;b&gt;');
    for (const title of ['What was asked', 'Who decided', 'What happened', 'What did not', 'How to check it']) expect(html).toContain(title);
  });
});

describe('an export', () => {
  it('refuses a place where something is, be it a folder, a file or a dangling link, and leaves it alone', async () => {
    const place = join(world.home, 'there');
    mkdirSync(place);
    expect(await refusal(world.handlers['reports.export']({ run_id: 'run-1', folder_handle: world.handleOf(place) }, world.caller))).toContain('report_exists');
    expect(readdirSync(place)).toEqual([]);
    const link = join(world.home, 'link');
    symlinkSync('/nowhere/at/all', link);
    expect(await refusal(world.handlers['reports.export']({ run_id: 'run-1', folder_handle: world.handleOf(link) }, world.caller))).toContain('report_exists');
  });

  it('says so where the place lies below a file', async () => {
    writeFileSync(join(world.home, 'plain'), '');
    expect(await refusal(world.handlers['reports.export']({ run_id: 'run-1', folder_handle: world.handleOf(join(world.home, 'plain', 'report')) }, world.caller))).toContain('report_not_written');
  });

  it('leaves nothing behind when the run has gone on meanwhile, or the server goes away', async () => {
    const place = join(world.home, 'out', 'moved');
    const last = world.server.items.pop();
    expect(await refusal(world.handlers['reports.export']({ run_id: 'run-1', folder_handle: world.handleOf(place) }, world.caller))).toContain('run_moved_on');
    if (last !== undefined) world.server.items.push(last);
    expect(readdirSync(join(world.home, 'out'))).toEqual([]);
    world.server.isAway = true;
    expect(await refusal(world.handlers['reports.export']({ run_id: 'run-1', folder_handle: world.handleOf(place) }, world.caller))).toContain('report_not_kept');
    world.server.isAway = false;
    expect(readdirSync(join(world.home, 'out'))).toEqual([]);
  });

  it('writes nothing personal into a redacted report, and that one verifies too', async () => {
    const place = join(world.home, 'redacted');
    const exported = await world.handlers['reports.export']({ run_id: 'run-1', folder_handle: world.handleOf(place), redact: true }, world.caller);
    expect(exported.redacted).toBe(true);
    for (const name of readdirSync(place)) {
      const text = readFileSync(join(place, name), 'utf8');
      for (const word of ['shop.example', 'cus_1', 'u-1"', 'customers <', 'customers &lt;', 'customers.csv', 'alert(1)', 'Looked at', '=***']) expect(text, `${word} in ${name}`).not.toContain(word);
    }
    expect(await world.handlers['reports.verify']({ handle: world.handleOf(place) }, world.caller)).toMatchObject({ verdict: 'passed', signed_by: 'olga' });
  });

  it("prints allowed_signers with the asker's own line first", async () => {
    const { lines } = await world.handlers['reports.getSigners']({}, world.caller);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['olga', 'drydock-server@env-world']);
  });
});
