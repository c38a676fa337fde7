import type { Signer } from '../../shared/contract/admin/signers.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { createKeyedHash } from '../../shared/core/keyed-hash.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { sshsigNamespaces } from '../../shared/core/sshsig.ts';
import type { Journal } from '../journal/journal.ts';
import { sha256Bytes } from '../keys/ed25519.ts';
import type { OperatorKey } from '../keys/operator-key.ts';
import type { GatheredReport } from './gather-report.ts';
import { journalOfRun } from './journal-of-run.ts';
import { MANIFEST, MANIFEST_SIGNATURE, manifestText } from './manifest.ts';
import { rejectsText } from './rejects-text.ts';
import { type ReportHeader, reportOpening } from './report-document.ts';
import { PdfNotPrinted, type PdfPrinter } from './pdf-printer.ts';
import type { ReportFolder } from './report-folder.ts';
import { reportHeader } from './report-header.ts';
import { reportHtml } from './report-html.ts';
import { verifyCommands, verifyText } from './verify-text.ts';
import { writeRows } from './write-rows.ts';

export interface ReportToWrite {
  readonly gathered: GatheredReport;
  readonly items: AsyncIterable<readonly RunItem[]>;
  readonly planRows: AsyncIterable<readonly PlanRow[]>;
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

  const marks = { runId: gathered.run.run_id, planHash: gathered.run.plan_hash, cohort: gathered.run.cohort, rollbackHash: gathered.rollback?.rollbackHash };
  const journalEntries = await writeLines(folder, 'journal.jsonl', linesOfEntries(journal, marks));
  const making = { by: sub, keyFingerprint: key.fingerprint, operatorClock: asked.operatorClock, version: asked.version, journal, journalEntries, leftOut };
  const header = reportHeader(gathered, making, redact);

  const shown = await writeRows(folder, { header, receipt: gathered.receipt, planRows: asked.planRows, items: asked.items, redact });
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

function leftOutOf({ plan, check, run, rollback, undone, verified, adoption, asOf }: GatheredReport): string[] {
  const said: string[] = [];
  if (asOf !== undefined) said.push(`The server could not be asked: what was decided, tried or read back since ${asOf} is not known here.`);
  if (asOf !== undefined && run.kind === 'execution') said.push('The rows of the plan could not be asked of the server: results.csv has the rows that the run settled, without their match and action.');
  if (asOf !== undefined && run.kind === 'rollback') said.push('Which runs were put back could not be asked of the server.');
  if (check === undefined) said.push('What the check of the file found is not known to this journal, so rejects.csv has no rows.');
  if (plan === undefined && run.plan_hash !== null && run.kind !== 'dry_run') said.push('The plan was not made with this journal, so its summary is not known here.');
  if (run.kind === 'rollback' && rollback === undefined) said.push('The rollback was not begun with this journal: whom it was asked for is told by its rows alone.');
  if (undone?.isWhole === false) said.push('Which runs were put back was looked for in the first 20,000 snapshots only.');
  if (verified !== undefined && verified.story === undefined) said.push('The verification was not begun with this journal: which run it read back is taken from the plan, and whether it took a sample is not known.');
  if (adoption === null) said.push('How many have signed in and completed could not be asked of the server.');
  return said;
}

/** The principal of the key that signed the receipt: the newest receipt key, as the server lists them. */
function receiptPrincipalOf({ signers, gathered }: ReportToWrite): string {
  const keys = signers.filter((signer) => signer.kind === 'receipt');
  return keys.find((signer) => signer.valid_until === null)?.principal ?? keys.at(-1)?.principal ?? gathered.receipt.environment.id;
}
