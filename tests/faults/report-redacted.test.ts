import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createChromiumPrinter } from '../../operator/reports/chromium-printer.ts';
import type { PdfPrinter } from '../../operator/reports/pdf-printer.ts';
import { createReportWorld, type ReportWorld } from '../../operator/reports/report-world.testing.ts';
import { seededRandom } from '../../server/practice/random.ts';
import { type MadeUpKind, madeUpKinds, madeUpRun } from '../support/made-up-run.ts';
import { formsOfPersonal, scanReport } from '../support/personal-scan.ts';

/** A redacted report says nothing of anybody: in no file, in no form that could be read back. */
const SEED = 20_261_201;
/** What stands in many rows, so that a piece of any of them is found as well as the whole. */
const PIECES = ['customers.example', 'Quartermaine', 'cus_QuArTeR', '5a17d0c5-0000-4000-8000', 'evil.example'];
/** What the made-up server and this journal say besides: the files' names, a comment, the test customer, a masked value. */
const BESIDES = ['customers <b>"2025"</b>.csv', 'customers.csv', 'Looked at <all> of it.', 'person1@shop.example', 'left.the.company@rollback.example'];
const MASKED = '=***';

let root = '';
let world: ReportWorld | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drydock-redacted-'));
});
afterEach(() => {
  world?.close();
  world = undefined;
  rmSync(root, { recursive: true, force: true });
});

interface Exported {
  readonly folder: string;
  readonly zip: string;
  readonly personal: readonly string[];
}

async function exported(kind: MadeUpKind, redact: boolean, printer?: PdfPrinter, isServerAway = false): Promise<Exported> {
  const { made, over, personal } = madeUpRun(kind, seededRandom(SEED));
  world = await createReportWorld(made, printer, { message: 'Stopped for left.the.company@rollback.example', ...over });
  const { journal, handlers, caller, server } = world;
  // As a rollback that was begun here: whom it was for stands sealed in the journal.
  const rollbackHash = 'e'.repeat(64);
  const body = { emails: ['left.the.company@rollback.example'], preview: false, rollback_hash: rollbackHash };
  const intent = journal.append({ kind: 'intent', payload: { call: 'rollBack', rollback_hash: rollbackHash, params: { id: '2025-08-09' } }, sealed: { scope: journal.newScope(), text: JSON.stringify(body) } });
  journal.append({ kind: 'outcome', payload: { environment: 'env-world', intent: intent.seq, call: 'rollBack', result: 'done', run_id: 'run-1' } });
  if (isServerAway) {
    await handlers['reports.export']({ run_id: 'run-1' }, caller);
    await world.mirrorRun();
    server.isAway = true;
  }
  const { folder, zip } = await handlers['reports.export']({ run_id: 'run-1', redact, folder_handle: world.handleOf(join(root, redact ? 'redacted' : 'plain')) }, caller);
  return { folder, zip: zip ?? '', personal: [...personal.slice(0, 8), ...PIECES, ...BESIDES, MASKED] };
}

describe('a redacted report', () => {
  it.each(madeUpKinds.filter((kind) => kind !== 'many rows').map((kind, index) => ({ kind, isServerAway: kind !== 'dry run' && index % 2 === 1 })))('says nothing of anybody in any file of its folder or its zip: $kind (server away $isServerAway)', async ({ kind, isServerAway }) => {
    const { folder, zip, personal } = await exported(kind, true, undefined, isServerAway);
    const { filesRead, found } = await scanReport(folder, zip, personal);
    expect(found).toEqual([]);
    expect(filesRead).toBe(41);
  });

  it('says nothing of anybody in its PDF, which is read as a person does; a plain one is found out', async () => {
    const printer = createChromiumPrinter({ platform: process.platform, env: process.env, isRoot: process.getuid?.() === 0 });
    const redacted = await exported('execution', true, printer);
    const clean = await scanReport(redacted.folder, redacted.zip, redacted.personal);
    expect(clean.found).toEqual([]);
    world?.close();
    const plain = await exported('execution', false, printer);
    const { found } = await scanReport(plain.folder, plain.zip, plain.personal);
    const inPdf = found.filter(({ file }) => file === 'report.pdf, as it is read').map(({ text }) => text);
    for (const text of ['quartermaine.1@customers.example', 'Looked at <all> of it.', ...PIECES.slice(0, 3)]) expect(inPdf, `${text} in the PDF`).toContain(text);
    for (const file of ['results.csv', 'report.json', 'report.html', 'in the zip: results.csv']) expect(found.map((one) => one.file)).toContain(file);
  });
});

describe('a personal text that is planted in a redacted report', () => {
  it('is found in every file, and in every form that could be read back', async () => {
    const { folder, zip } = await exported('execution', true);
    const copy = join(root, 'copy');
    cpSync(folder, copy, { recursive: true });
    const text = 'Zoë "Q" <Quartermaine-1>';
    for (const [form, bytes] of [text, text.toUpperCase(), text.toLowerCase()].flatMap((one) => [...formsOfPersonal(one)])) {
      const path = join(copy, form.length % 2 === 0 ? 'results.csv' : 'receipt.json.sig');
      const before = readFileSync(path);
      writeFileSync(path, Buffer.concat([before.subarray(0, 41), bytes, before.subarray(41)]));
      const { found } = await scanReport(copy, zip, [text]);
      expect(found.length, form).toBeGreaterThan(0);
      writeFileSync(path, before);
    }
    expect((await scanReport(copy, zip, [text])).found).toEqual([]);
  });
});
