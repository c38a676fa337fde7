import { createHash } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { receiptSchema, type Receipt } from '../../shared/contract/admin/runs.ts';
import type { ReportVerdict } from '../../shared/contract/operator/reports.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { type SshsigNamespace, sshsigNamespaces, verifySshsig } from '../../shared/core/sshsig.ts';
import { sha512Bytes, verifyEd25519 } from '../keys/ed25519.ts';
import { checkJournalLines } from './journal-lines.ts';
import { MANIFEST, MANIFEST_SIGNATURE } from './manifest.ts';
import { type ReadReport, readReportDocument } from './report-document.ts';
import { changedFiles, checkFileSet, readSmallFile } from './report-files.ts';
import { linesOf } from './text-lines.ts';
import { judgeKey, type KeyVerdict, type TrustedKeys } from './trusted-keys.ts';

type Check = ReportVerdict['checks'][number];

/**
 * Finds whose signatures count in an environment; undefined where nobody here knows. Never asks the report itself: the key
 * that its receipt is signed with only says which of several servers of one id is meant.
 */
export type FindTrustedKeys = (environmentId: string, receiptKey: Uint8Array | null) => Promise<TrustedKeys | undefined>;

/** Checks a report's folder, each check with a plain verdict (N2). One that fails does not keep the others from being made. */
export async function verifyReport(folder: string, findTrustedKeys: FindTrustedKeys): Promise<ReportVerdict> {
  const checks: Check[] = [];
  const add = (name: string, title: string, wrong: readonly string[], fine: string): boolean => {
    checks.push({ name, title, verdict: wrong.length === 0 ? 'passed' : 'failed', detail: wrong.length === 0 ? fine : wrong.join(' ') });
    return wrong.length === 0;
  };

  const manifest = await readSmallFile(folder, MANIFEST);
  const { wrong: wrongSet, hashes } = await checkFileSet(folder, manifest?.toString('latin1') ?? null);
  add('files', 'No file was added, removed or renamed', wrongSet, `${hashes.size} files, as the manifest names them.`);
  const changed = await changedFiles(folder, hashes);
  add('hashes', 'Every file is as it was signed', changed.length > 0 ? changed.map((name) => `${name} was changed.`) : hashes.size === 0 ? ['There is nothing to compare with.'] : [], 'Every SHA-256 agrees.');

  const receiptBytes = await readSmallFile(folder, 'receipt.json');
  const receipt = readReceipt(receiptBytes);
  const issuedAt = receipt === null ? null : new Date(receipt.issued_at);
  const receiptKey = await signedBy(folder, 'receipt.json.sig', receiptBytes, sshsigNamespaces.receipt);
  const trusted = receipt === null ? undefined : await findTrustedKeys(receipt.environment.id, receiptKey.publicKey);

  const reportKey = await signedBy(folder, MANIFEST_SIGNATURE, manifest, sshsigNamespaces.report);
  add('manifest_signature', 'The list of files is signed', reportKey.why === null ? [] : [reportKey.why], 'The signature fits.');
  const signer = judge(trusted, reportKey.publicKey, sshsigNamespaces.report, issuedAt);
  add('signer', 'The signature is of a person who may sign', signer.wrong, signer.fine);

  const server = judge(trusted, receiptKey.publicKey, sshsigNamespaces.receipt, issuedAt);
  add('receipt_signature', "The receipt is signed by the environment's own key", receiptKey.why === null ? server.wrong : [receiptKey.why], server.fine);

  const document = await readDocument(folder);
  const disagreements = receipt === null ? ['receipt.json cannot be read.'] : document.report === null ? [document.why] : disagreementsOf(receipt, document);
  add('receipt_agrees', 'The receipt says the same as report.json', disagreements, 'Run, plan, cohort, counts and every item agree.');
  const named = document.report?.header.made.by;
  if (signer.principal !== null && named !== undefined && named !== signer.principal) add('author', 'The signer is who the report names', [`The report names ${named}, ${signer.principal} signed it.`], '');
  else if (signer.principal !== null && named !== undefined) add('author', 'The signer is who the report names', [], `${named}.`);

  add('journal', 'The journal lines hold together', await wrongInJournal(folder, document.report, receipt), 'Every entry is what its hash says, and follows the one before it.');
  return {
    folder_name: basename(resolve(folder)),
    verdict: checks.every((check) => check.verdict === 'passed') ? 'passed' : 'failed',
    run_id: receipt?.run_id ?? null,
    signed_by: signer.principal,
    checks,
  };
}

type SignedBy = { readonly publicKey: Uint8Array | null; readonly why: string | null };

async function signedBy(folder: string, signatureName: string, message: Buffer | null, namespace: SshsigNamespace): Promise<SignedBy> {
  const signature = await readSmallFile(folder, signatureName);
  if (message === null || signature === null) return { publicKey: null, why: `${signatureName} or what it signs is missing.` };
  const verdict = verifySshsig({ armored: signature.toString('latin1'), message, namespace, verify: verifyEd25519, sha512: sha512Bytes });
  if (verdict.verdict === 'good') return { publicKey: verdict.publicKey, why: null };
  const whys = {
    not_a_signature: `${signatureName} is no signature.`,
    other_namespace: `${signatureName} was made for something else.`,
    does_not_fit: `${signatureName} does not fit: what it signs was changed.`,
  };
  return { publicKey: null, why: whys[verdict.why] };
}

type Judged = { readonly wrong: readonly string[]; readonly fine: string; readonly principal: string | null };

function judge(trusted: TrustedKeys | undefined, publicKey: Uint8Array | null, namespace: SshsigNamespace, at: Date | null): Judged {
  if (publicKey === null || at === null) return { wrong: ['There is no good signature to judge.'], fine: '', principal: null };
  if (trusted === undefined) return { wrong: ['Nobody here knows who may sign in that environment. Give an allowed_signers file from its owner.'], fine: '', principal: null };
  const verdict = judgeKey(trusted, publicKey, namespace, at);
  const wrong = wrongWithKey(verdict, at);
  return { wrong: wrong === null ? [] : [`${wrong} (${trusted.origin})`], fine: verdict.verdict === 'allowed' ? `${verdict.principal}, ${trusted.origin}.` : '', principal: verdict.verdict === 'allowed' ? verdict.principal : null };
}

function wrongWithKey(verdict: KeyVerdict, at: Date): string | null {
  switch (verdict.verdict) {
    case 'allowed':
      return null;
    case 'unknown':
      return 'The key is not known.';
    case 'revoked':
      return `The key of ${verdict.principal} was revoked on ${verdict.at}.`;
    case 'not_valid_then':
      return `The key of ${verdict.principal} was not valid on ${at.toISOString()}.`;
  }
}

function readReceipt(bytes: Buffer | null): Receipt | null {
  try {
    return receiptSchema.parse(JSON.parse(bytes?.toString('utf8') ?? ''));
  } catch {
    return null;
  }
}

type ReadDocument = { readonly report: ReadReport; readonly itemsSha256: string } | { readonly report: null; readonly why: string };

async function readDocument(folder: string): Promise<ReadDocument> {
  const hash = createHash('sha256');
  try {
    const report = await readReportDocument(linesOf(join(folder, 'report.json')), (item) => hash.update(`${item}\n`));
    return { report, itemsSha256: hash.digest('hex') };
  } catch (thrown) {
    return { report: null, why: thrown instanceof RangeError ? thrown.message : 'report.json cannot be read.' };
  }
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

async function wrongInJournal(folder: string, report: ReadReport | null, receipt: Receipt | null): Promise<readonly string[]> {
  const journal = report?.header.journal;
  const anchored = receipt?.journal_head?.journal_id === journal?.journal_id ? receipt?.journal_head : undefined;
  try {
    const { entries } = await checkJournalLines(linesOf(join(folder, 'journal.jsonl')), [journal?.head ?? null, anchored ?? null]);
    return journal !== undefined && entries !== journal.entries ? [`report.json names ${journal.entries} entries, there are ${entries}.`] : [];
  } catch (thrown) {
    return [thrown instanceof RangeError ? thrown.message : 'journal.jsonl cannot be read.'];
  }
}
