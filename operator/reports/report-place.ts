import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { problem } from '../problems.ts';
import { systemCode } from '../system-code.ts';

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const CLOSED: ReadonlySet<string> = new Set(['EACCES', 'EROFS', 'EPERM']);

/** The zip of a report lies beside its folder. */
export function zipBeside(folder: string): string {
  return `${folder}.zip`;
}

/**
 * A dangling link is something too: what is behind it is nobody's to overwrite. A zip of that name would be taken for this report's.
 * @throws OperatorError `report_exists`, `report_not_written` where it cannot be looked at
 */
export function refuseTaken(target: string): void {
  for (const path of [target, zipBeside(target)]) {
    let found;
    try {
      found = lstatSync(path, { throwIfNoEntry: false });
    } catch (thrown) {
      throw notWritten(target, thrown);
    }
    if (found !== undefined) throw taken(path);
  }
}

/** Something is at the place, or has come there meanwhile. */
export function taken(path: string): OperatorError {
  return problem('report_exists', 'There is something at that place already', `${path} was left as it is, and no report was written. Choose a folder that does not exist yet.`);
}

/** A disk that is full or a folder that is closed, in words. The report is not there, not even in part. */
export function notWritten(target: string, thrown: unknown): OperatorError {
  if (thrown instanceof OperatorError) return thrown;
  return problem('report_not_written', 'The report could not be written', `${capitalised(troubleInWords(thrown))}. Nothing was left at ${target}. Make room or choose another folder, then export again.`);
}

/** Does `work` at the place. @throws OperatorError `report_not_written` */
export async function explained<Result>(target: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw notWritten(target, thrown);
  }
}

/** Why the disk took nothing, as part of a sentence. */
export function troubleInWords(thrown: unknown): string {
  const code = systemCode(thrown) ?? '';
  if (FULL.has(code)) return 'the disk is full';
  return CLOSED.has(code) ? 'you may not write there' : 'writing failed';
}

/** A name in `folder`, which is made, that nothing has yet, without anything personal in it. @throws OperatorError `report_not_written` */
export function freeReportName(folder: string, wished: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw notWritten(folder, thrown);
  }
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wished : `${wished}-${count}`;
    if (!existsSync(join(folder, name)) && !existsSync(zipBeside(join(folder, name)))) return name;
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
