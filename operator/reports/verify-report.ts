import { basename, resolve } from 'node:path';
import type { ReportVerdict } from '../../shared/contract/operator/reports.ts';
import { sshsigNamespaces } from '../../shared/core/sshsig.ts';
import { MANIFEST, MANIFEST_SIGNATURE } from './manifest.ts';
import { disagreements, newerVersion, readAnyReceipt, readDocument, wrongInJournal } from './receipt-agrees.ts';
import { changedFiles, checkFileSet, readSmallFile } from './report-files.ts';
import { judge, type Judged, signedBy } from './signed-by.ts';
import type { TrustedKeys } from './trusted-keys.ts';

type Check = ReportVerdict['checks'][number];

/**
 * Finds whose signatures count in an environment; undefined where nobody here knows. Never asks the report itself: the key
 * that its receipt is signed with only says which of several servers of one id is meant.
 */
export type FindTrustedKeys = (environmentId: string, receiptKey: Uint8Array | null) => Promise<TrustedKeys | undefined>;

/** The checks by name: what each shows, and what it means and what to do where it does not. */
const checks = {
  files: ['No file was added, removed or renamed', 'The folder is not what was signed. Ask for the report again, as the zip it was exported as, and unpack it into a new folder.'],
  hashes: ['Every file is as it was signed', 'A file was changed after it was signed, or damaged on its way. Do not rely on it; ask for the report again.'],
  manifest_signature: ['The list of files is signed', 'Nobody is shown to answer for these files. Do not rely on them; ask for the report again.'],
  signer: ['The signature is of a person who may sign', ''],
  receipt_signature: ["The receipt is signed by the environment's own key", 'What the server is said to state may be made up. Do not rely on it; ask for the report again.'],
  receipt_agrees: ['The receipt says the same as report.json', 'The report tells another story than the server, or carries the receipt of another run. Believe the receipt, where its signature passed, and ask who made the report.'],
  author: ['The signer is who the report names', 'Somebody else signed than the report says. Ask both.'],
  journal: ['The journal lines hold together', "The record of what was done was changed, cut or mixed up. Ask for the report again, and have the journal checked with \"drydock journal verify\"."],
} as const;
type CheckName = keyof typeof checks;

/** Checks a report's folder, each check with a plain verdict (N2). One that fails does not keep the others from being made; one that is not made is said. */
export async function verifyReport(folder: string, findTrustedKeys: FindTrustedKeys): Promise<ReportVerdict> {
  const receiptBytes = await readSmallFile(folder, 'receipt.json');
  const receipt = readAnyReceipt(receiptBytes);
  const version = await newerVersion(folder, receipt);
  const issuedAt = receipt === null ? null : new Date(receipt.issued_at);
  const manifest = await readSmallFile(folder, MANIFEST);
  const { wrong: wrongSet, hashes } = await checkFileSet(folder, manifest?.toString('latin1') ?? null, version !== undefined);
  const changed = await changedFiles(folder, hashes);
  const reportKey = await signedBy(folder, MANIFEST_SIGNATURE, manifest, sshsigNamespaces.report);
  const receiptKey = await signedBy(folder, 'receipt.json.sig', receiptBytes, sshsigNamespaces.receipt);
  const trusted = receipt === null ? undefined : await findTrustedKeys(receipt.environment.id, receiptKey.publicKey);
  const signer = judge(trusted, reportKey, sshsigNamespaces.report, issuedAt);
  const made = [
    ofReport('files', wrongSet, `${hashes.size} files, as the manifest names them.`),
    ofReport('hashes', hashes.size === 0 ? ['There is nothing to compare with.'] : changed, 'Every SHA-256 agrees.'),
    ofReport('manifest_signature', reportKey.why === null ? [] : [reportKey.why], 'The signature fits.'),
    ofKeys('signer', signer),
    receiptKey.why === null ? ofKeys('receipt_signature', judge(trusted, receiptKey, sshsigNamespaces.receipt, issuedAt)) : ofReport('receipt_signature', [receiptKey.why], ''),
    ...(version === undefined ? await ofContent(folder, receiptBytes, signer.principal) : ofNewer(version)),
  ];
  return { folder_name: basename(resolve(folder)), verdict: overall(made), run_id: receipt?.run_id ?? null, signed_by: signer.principal, issued_at: issuedAt?.toISOString() ?? null, checks: made };
}

async function ofContent(folder: string, receiptBytes: Buffer | null, signer: string | null): Promise<readonly Check[]> {
  const document = await readDocument(folder);
  const named = document.report?.header.made.by;
  const author =
    signer === null || named === undefined
      ? notMade('author', signer === null ? 'Who signed is not established.' : 'Whom the report names cannot be read.', 'It is made once the checks above pass.')
      : ofReport('author', named === signer ? [] : [`The report names ${named}, ${signer} signed it.`], `${named}.`);
  return [
    ofReport('receipt_agrees', disagreements(receiptBytes, document), 'Run, plan, cohort, counts and every item agree.'),
    author,
    ofReport('journal', await wrongInJournal(folder, document.report, receiptBytes), 'Every entry is what its hash says, and follows the one before it.'),
  ];
}

/** What stands in a report of a later version is not guessed at. */
function ofNewer(version: number): readonly Check[] {
  return (['receipt_agrees', 'author', 'journal'] as const).map((name) => notMade(name, `The report is of version ${version}, newer than this Drydock can read.`, 'Verify it with a newer Drydock. The files and signatures above were checked.'));
}

function ofReport(name: CheckName, wrong: readonly string[], fine: string): Check {
  const [title, advice] = checks[name];
  return wrong.length === 0 ? { name, title, verdict: 'passed', detail: fine, advice: null, basis: 'report' } : { name, title, verdict: 'failed', detail: wrong.join(' '), advice, basis: 'report' };
}

function ofKeys(name: CheckName, { verdict, detail, advice, basis }: Judged): Check {
  return { name, title: checks[name][0], verdict, detail, advice, basis };
}

function notMade(name: CheckName, detail: string, advice: string): Check {
  return { name, title: checks[name][0], verdict: 'not_checked', detail, advice, basis: null };
}

function overall(made: readonly Check[]): ReportVerdict['verdict'] {
  if (made.some(({ verdict }) => verdict === 'failed')) return 'failed';
  return made.every(({ verdict }) => verdict === 'passed') ? 'passed' : 'incomplete';
}
