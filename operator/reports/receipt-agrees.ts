import { createHash } from 'node:crypto';
import { z } from 'zod';
import { receiptSchema, type Receipt } from '../../shared/contract/admin/runs.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { checkJournalLines } from './journal-lines.ts';
import { type ReadReport, readReportDocument } from './report-document.ts';
import { linesOfReportFile, readBeginning } from './report-files.ts';

const READ_VERSION = 1;

/** What a receipt of any version says of itself: enough to know whom to ask whose keys count. */
const anyReceiptSchema = z.looseObject({ receipt_version: z.int(), environment: z.looseObject({ id: z.string() }), run_id: z.string(), issued_at: z.iso.datetime() });
export type AnyReceipt = z.infer<typeof anyReceiptSchema>;

/** A receipt as far as any version can be read; null when it cannot. */
export function readAnyReceipt(bytes: Buffer | null): AnyReceipt | null {
  try {
    return anyReceiptSchema.parse(JSON.parse(bytes?.toString('utf8') ?? ''));
  } catch {
    return null;
  }
}

/** The version of a report that is newer than what is read here; undefined for one that can be read, or is no report. */
export async function newerVersion(folder: string, receipt: AnyReceipt | null): Promise<number | undefined> {
  const stated = /^\{\s*"report_version":\s*(\d{1,6})\s*[,}]/.exec((await readBeginning(folder, 'report.json')) ?? '')?.[1];
  const versions = [Number(stated ?? READ_VERSION), receipt?.receipt_version ?? READ_VERSION];
  return versions.find((version) => version > READ_VERSION);
}

type ReadDocument = { readonly report: ReadReport; readonly itemsSha256: string } | { readonly report: null; readonly why: string };

/** `report.json` read whole, with the SHA-256 of its items as the receipt covers them. */
export async function readDocument(folder: string): Promise<ReadDocument> {
  const hash = createHash('sha256');
  try {
    const report = await readReportDocument(await linesOfReportFile(folder, 'report.json'), (item) => hash.update(`${item}\n`));
    return { report, itemsSha256: hash.digest('hex') };
  } catch (thrown) {
    return { report: null, why: thrown instanceof RangeError ? thrown.message : 'report.json cannot be read.' };
  }
}

/** Where the receipt and `report.json` say different things, each in a sentence. */
export function disagreements(receiptBytes: Buffer | null, document: ReadDocument): readonly string[] {
  const receipt = readReceipt(receiptBytes);
  if (receipt === null) return ['receipt.json cannot be read.'];
  return document.report === null ? [document.why] : disagreementsOf(receipt, document);
}

function disagreementsOf(receipt: Receipt, { report: { header, items }, itemsSha256 }: Extract<ReadDocument, { readonly itemsSha256: string }>): string[] {
  const pairs: readonly (readonly [string, string | number | null, string | number | null])[] = [
    ['environment', receipt.environment.id, header.environment.id],
    ["environment's kind", receipt.environment.kind, header.environment.kind],
    ['run', receipt.run_id, header.run.run_id],
    ['migration', receipt.migration, header.migration.id],
    ['kind of run', receipt.kind, header.run.kind],
    ['state', receipt.state, header.run.state],
    ['requester', receipt.requested_by, header.run.requested_by],
    ['plan', receipt.plan_hash, header.plan?.plan_hash ?? null],
    ['cohort', receipt.cohort, header.cohort],
    ['time of issue', receipt.issued_at, header.made.server_clock],
    ['number of items', receipt.items, items],
    ['items', header.redacted ? receipt.redacted_items_sha256 : receipt.items_sha256, itemsSha256],
    ['counts', canonicalJson(receipt.counts), canonicalJson(header.counts)],
  ];
  const wrong = pairs.filter(([, stated, reported]) => stated !== reported).map(([name]) => `The ${name} differs.`);
  const approvers = new Set(header.approvals.filter((approval) => approval.decision === 'approve').map((approval) => approval.sub));
  for (const approver of receipt.approved_by) if (!approvers.has(approver)) wrong.push(`The approval by ${approver} is not in report.json.`);
  return wrong;
}

/** What is wrong with the journal's lines, each in a sentence. */
export async function wrongInJournal(folder: string, report: ReadReport | null, receiptBytes: Buffer | null): Promise<readonly string[]> {
  const journal = report?.header.journal;
  const anchor = readReceipt(receiptBytes)?.journal_head;
  const anchored = anchor?.journal_id === journal?.journal_id ? anchor : undefined;
  try {
    const { entries } = await checkJournalLines(await linesOfReportFile(folder, 'journal.jsonl'), [journal?.head ?? null, anchored ?? null]);
    return journal !== undefined && entries !== journal.entries ? [`report.json names ${journal.entries} entries, there are ${entries}.`] : [];
  } catch (thrown) {
    return [thrown instanceof RangeError ? thrown.message : 'journal.jsonl cannot be read.'];
  }
}

function readReceipt(bytes: Buffer | null): Receipt | null {
  try {
    return receiptSchema.parse(JSON.parse(bytes?.toString('utf8') ?? ''));
  } catch {
    return null;
  }
}
