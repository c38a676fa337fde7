import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { reportHeaderSchema } from './report-document.ts';
import { PdfNotPrinted, type PdfPrinter } from './pdf-printer.ts';
import { madeUpRows } from './made-up-rows.testing.ts';
import { createReportWorld, type ReportWorld } from './report-world.testing.ts';

let world: ReportWorld;
afterEach(() => world.close());

const printing = (print: PdfPrinter['print'], why?: string): PdfPrinter => ({ unavailable: () => why, print });

async function exported(printer: PdfPrinter | undefined, redact = false) {
  world = await createReportWorld(madeUpRows(), printer);
  const report = await world.handlers['reports.export']({ run_id: 'run-1', redact }, world.caller);
  const verdict = await world.handlers['reports.verify']({ handle: world.handleOf(report.folder) }, world.caller);
  const { items, ...header } = JSON.parse(readFileSync(join(report.folder, 'report.json'), 'utf8')) as { items: unknown[] };
  return { report, verdict, items, header: reportHeaderSchema.parse(header), html: readFileSync(join(report.folder, 'report.html'), 'utf8') };
}

describe('report.pdf', () => {
  it('is printed from the page as it is signed, is in the manifest and the zip, and the report says nothing of one left out', async () => {
    let page = '';
    const { report, verdict, header, html } = await exported(
      printing(async ({ htmlPath, pdfPath }) => {
        page = readFileSync(htmlPath, 'utf8');
        writeFileSync(pdfPath, '%PDF-1.7 made up', { mode: 0o644 });
      }),
    );
    expect(page).toBe(html);
    expect(readFileSync(join(report.folder, 'MANIFEST.sha256'), 'utf8')).toContain('  report.pdf\n');
    expect(report.files.find(({ name }) => name === 'report.pdf')?.bytes).toBe(16);
    expect(readFileSync(report.zip ?? '', 'latin1')).toContain('/report.pdf');
    expect(verdict.verdict).toBe('passed');
    expect([...report.left_out, ...header.left_out].join()).not.toContain('report.pdf');
  });

  it.each([
    ['fails', 'Chromium ended without printing it', new PdfNotPrinted('Chromium ended without printing it')],
    ['fails in a way that nobody foresaw', 'it could not be written', new Error('/home/olga/secret place')],
  ])('is left out where printing %s, which every form of the report then says', async (_how, why, thrown) => {
    const { report, verdict, header, html, items } = await exported(
      printing(async ({ pdfPath }) => {
        writeFileSync(pdfPath, 'half a page');
        throw thrown;
      }),
    );
    const sentence = `report.pdf is left out: ${why}. Print report.html instead.`;
    expect(existsSync(join(report.folder, 'report.pdf'))).toBe(false);
    expect(readdirSync(report.folder)).toHaveLength(10);
    expect([report.left_out[0], header.left_out[0]]).toEqual([sentence, sentence]);
    expect(html).toContain(sentence);
    expect(items).toHaveLength(23);
    expect(verdict.verdict).toBe('passed');
  });

  it('is not tried where the host knows that nothing can print it', async () => {
    const { header } = await exported(printing(() => Promise.reject(new Error('was tried')), 'there is no Chromium'));
    expect(header.left_out[0]).toBe('report.pdf is left out: there is no Chromium. Print report.html instead.');
  });
});
