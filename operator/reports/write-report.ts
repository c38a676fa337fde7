import { createHash } from 'node:crypto';
import type { Signer } from '../../shared/contract/admin/signers.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { createKeyedHash, type KeyedHash } from '../../shared/core/keyed-hash.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { sshsigNamespaces } from '../../shared/core/sshsig.ts';
import type { Journal } from '../journal/journal.ts';
import { sha256Bytes } from '../keys/ed25519.ts';
import type { OperatorKey } from '../keys/operator-key.ts';
import { problem } from '../problems.ts';
import type { GatheredReport } from './gather-report.ts';
import { journalOfRun } from './journal-of-run.ts';
import { MANIFEST, MANIFEST_SIGNATURE, manifestText } from './manifest.ts';
import { rejectsText } from './rejects-text.ts';
import { reportClosing, type ReportHeader, reportItem, reportOpening } from './report-document.ts';
import { PdfNotPrinted, type PdfPrinter } from './pdf-printer.ts';
import type { ReportFolder } from './report-folder.ts';
import { reportHeader } from './report-header.ts';
import { reportHtml } from './report-html.ts';
import { joinRows, redactRow, resultsHead, resultsLine } from './report-rows.ts';
import { startRowSample } from './row-sample.ts';
import type { ShownRows } from './rows-table.ts';
import { verifyCommands, verifyText } from './verify-text.ts';

export interface ReportToWrite {
  readonly gathered: GatheredReport;
  readonly items: AsyncIterable<RunItem>;
  readonly planRows: AsyncIterator<PlanRow, unknown>;
  readonly redact: boolean;
  readonly journal: Journal;
  readonly key: OperatorKey;
  readonly sub: string;
  /** The server's signers; the receipt's principal is one of them. */
  readonly signers: readonly Signer[];
  readonly operatorClock: Date;
  readonly version: string;
  readonly css: string;
  readonly printer: PdfPrinter | undefined;
}

const PDF = 'report.pdf';

/**
 * Writes every file of a report into the folder, each as a stream, and signs the list of them (A5, N2). The caller
 * publishes the folder, or discards it when this throws.
 * @throws OperatorError `run_moved_on` when the items are no longer those of the receipt
 */
export async function writeReport(folder: ReportFolder, asked: ReportToWrite): Promise<{ readonly leftOut: readonly string[] }> {
  const { gathered, journal, key, sub } = asked;
  const keyedHash = createKeyedHash(gathered.redactionKey, { sha256: sha256Bytes, utf8: (text) => Buffer.from(text, 'utf8'), hex: (bytes) => Buffer.from(bytes).toString('hex') });
  const redact = asked.redact ? keyedHash : undefined;
  const unprintable = asked.printer === undefined ? 'nothing here can print it' : asked.printer.unavailable();
  const leftOut = [...(unprintable === undefined ? [] : [noPdf(unprintable)]), ...leftOutOf(gathered)];

  const marks = { runId: gathered.run.run_id, planHash: gathered.run.plan_hash, cohort: gathered.run.cohort };
  const journalEntries = await writeLines(folder, 'journal.jsonl', linesOfEntries(journal, marks));
  const making = { by: sub, keyFingerprint: key.fingerprint, operatorClock: asked.operatorClock, version: asked.version, journal, journalEntries, leftOut };
  const header = reportHeader(gathered, making, redact);

  const shown = await writeRows(folder, header, asked, redact);
  await writeLines(folder, 'rejects.csv', rejectsText(gathered.check, asked.redact));
  await writeLines(folder, 'receipt.json', [gathered.receiptText]);
  await writeLines(folder, 'receipt.json.sig', [gathered.receiptSignature]);

  const verify = { sub, receiptPrincipal: receiptPrincipalOf(asked), issuedAt: new Date(gathered.receipt.issued_at) };
  await writeLines(folder, 'VERIFY.txt', [verifyText(verify)]);
  const writePage = async (told: ReportHeader): Promise<number> => writeLines(folder, 'report.html', [reportHtml(told, shown, verifyCommands(verify), asked.css)]);
  await writePage(header);
  const failure = unprintable === undefined && asked.printer !== undefined ? await print(folder, asked.printer) : undefined;
  if (failure !== undefined) {
    // What was written already promised a PDF: both forms are to say that there is none.
    leftOut.unshift(noPdf(failure));
    const told = { ...header, left_out: [...leftOut] };
    await folder.replaceStart('report.json', Buffer.byteLength(reportOpening(header)), reportOpening(told));
    await folder.remove('report.html');
    await writePage(told);
  }

  const manifest = manifestText(new Map([...folder.files].map(([name, file]) => [name, file.sha256])));
  await writeLines(folder, MANIFEST, [manifest]);
  await writeLines(folder, MANIFEST_SIGNATURE, [key.sign(sshsigNamespaces.report, manifest)]);
  return { leftOut };
}

/** Prints the page that was just written; gives why, in a sentence, where that failed. A report is whole without it. */
async function print(folder: ReportFolder, printer: PdfPrinter): Promise<string | undefined> {
  try {
    await printer.print({ htmlPath: folder.pathOf('report.html'), pdfPath: folder.pathOf(PDF) });
    await folder.takeIn(PDF);
    return undefined;
  } catch (thrown) {
    await folder.remove(PDF);
    return thrown instanceof PdfNotPrinted ? thrown.message : 'it could not be written';
  }
}

function noPdf(why: string): string {
  return `report.pdf is left out: ${why}. Print report.html instead.`;
}

/** `report.json` and `results.csv` in one pass over the items; the readable form's rows are chosen on the way. */
async function writeRows(folder: ReportFolder, header: ReportHeader, asked: ReportToWrite, redact: KeyedHash | undefined): Promise<ShownRows> {
  const { receipt } = asked.gathered;
  const document = await folder.create('report.json');
  const results = await folder.create('results.csv');
  const sample = startRowSample();
  const hash = createHash('sha256');
  let items = 0;
  await document.write(reportOpening(header));
  await results.write(resultsHead);
  for await (const joined of joinRows(asked.planRows, asked.items)) {
    const row = redact === undefined ? joined : redactRow(joined, redact);
    await results.write(resultsLine(row));
    sample.add(row);
    if (row.item === undefined) continue;
    await document.write(reportItem(row.item, items === 0));
    hash.update(`${canonicalJson(row.item)}\n`);
    items += 1;
  }
  await document.write(reportClosing);
  await document.end();
  await results.end();
  if (items !== receipt.items || hash.digest('hex') !== (redact === undefined ? receipt.items_sha256 : receipt.redacted_items_sha256)) {
    throw problem('run_moved_on', 'The run went on while it was reported', 'No report was written. Export it again once the run has ended or is paused.');
  }
  return sample.shown();
}

async function writeLines(folder: ReportFolder, name: string, texts: Iterable<string>): Promise<number> {
  const file = await folder.create(name);
  let count = 0;
  for (const text of texts) {
    await file.write(text);
    count += 1;
  }
  await file.end();
  return count;
}

function* linesOfEntries(journal: Journal, marks: Parameters<typeof journalOfRun>[1]): Generator<string> {
  for (const { seq, kind, payload, prev_hash, hash } of journalOfRun(journal, marks)) yield `${canonicalJson({ seq, kind, payload, prev_hash, hash })}\n`;
}

function leftOutOf({ plan, check, run }: GatheredReport): string[] {
  const said: string[] = [];
  if (check === undefined) said.push('What the check of the file found is not known to this journal, so rejects.csv has no rows.');
  if (plan === undefined && run.plan_hash !== null) said.push("The plan was not made with this journal, so its summary is not known here.");
  return said;
}

/** The principal of the key that signed the receipt: the newest receipt key, as the server lists them. */
function receiptPrincipalOf({ signers, gathered }: ReportToWrite): string {
  const keys = signers.filter((signer) => signer.kind === 'receipt');
  return keys.find((signer) => signer.valid_until === null)?.principal ?? keys.at(-1)?.principal ?? gathered.receipt.environment.id;
}
