import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Environment } from '../../shared/contract/operator/environments.ts';
import type { ReportVerdict } from '../../shared/contract/operator/reports.ts';
import { problem } from '../problems.ts';
import { trustOfFile } from './trust.ts';
import { withUnzippedReport } from './unzip-report.ts';
import { type FindTrustedKeys, verifyReport } from './verify-report.ts';
import { systemCode } from '../system-code.ts';

const LARGEST_SIGNERS_BYTES = 16 * 1024 * 1024;

/** Checks the report at a path, a folder or a zip. @throws OperatorError `report_missing`, `not_a_report`, `no_room` */
export async function verifyReportAt(path: string, findKeys: FindTrustedKeys): Promise<ReportVerdict> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw problem('report_missing', 'There is no report at that place', 'Choose the folder of a report, or its zip.');
  if (found.isDirectory()) return verifyReport(path, findKeys);
  if (!found.isFile()) throw notAReport('It is neither a folder nor a file.');
  try {
    return await withUnzippedReport(path, async (folder) => ({ ...(await verifyReport(folder, findKeys)), folder_name: basename(path) }));
  } catch (thrown) {
    if (thrown instanceof RangeError) throw notAReport(thrown.message);
    if (['EACCES', 'EPERM'].includes(systemCode(thrown) ?? '')) throw notAReport('It cannot be read with your rights.');
    throw thrown;
  }
}

/**
 * Whose signatures count by a person's own `allowed_signers` file alone: no server is asked, no home is needed.
 * `shownAs` names it in words: an upload lies under a name that nobody knows.
 * @throws OperatorError `signers_unreadable`
 */
export function trustInFile(path: string, pinned: () => readonly Pick<Environment, 'environment_id' | 'receipt_public_key' | 'current'>[], shownAs = path): FindTrustedKeys {
  return trustOfFile(readSigners(path, shownAs), basename(shownAs), pinned);
}

function readSigners(path: string, shownAs: string): string {
  try {
    const found = statSync(path);
    if (found.isFile() && found.size <= LARGEST_SIGNERS_BYTES) return readFileSync(path, 'utf8');
  } catch {
    // Said below, whatever it was.
  }
  throw problem('signers_unreadable', 'The list of signers cannot be read', `${shownAs} must be a file of allowed_signers lines that you may read, as "drydock report signers" prints them.`);
}

export function notAReport(why: string): Error {
  return problem('not_a_report', 'That is no report', `${why} Choose the folder of a report, or its zip as it was exported.`);
}
