import { closeSync, existsSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { sync } from '../durable-file.ts';
import { systemCode } from '../system-code.ts';
import { problem } from '../problems.ts';

/**
 * Makes a new file that is its owner's alone, whole or not at all, on disk when it gets its name, and never over
 * something. `write` fills the empty file whose path it is given.
 * @throws OperatorError with this code and title, or what `write` throws of its own
 */
export async function makeWholeFile<Result>(path: string, write: (partial: string) => Promise<Result>, { code, title }: { readonly code: string; readonly title: string }): Promise<Result> {
  const refused = (why: string): OperatorError => problem(code, title, `${path} ${why}`);
  if (existsSync(path)) throw refused(TAKEN);
  const partial = `${path}.${process.pid}.partial`;
  try {
    closeSync(openSync(partial, 'wx', 0o600));
    const result = await write(partial);
    sync(partial);
    if (!putInPlace(partial, path)) throw refused(TAKEN);
    sync(dirname(path));
    return result;
  } catch (thrown) {
    throw thrown instanceof OperatorError ? thrown : refused(whyNot(thrown));
  } finally {
    // SQLite's own files beside it as well, where it was a database.
    for (const side of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${side}`, { force: true });
  }
}

const TAKEN = 'is there already, and nothing is overwritten: name another file.';

/** A link refuses a name that is taken, at the same moment; where the disk knows no links, a look and a rename must do. */
function putInPlace(partial: string, path: string): boolean {
  try {
    linkSync(partial, path);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST' || existsSync(path)) return false;
    renameSync(partial, path);
    return true;
  }
}

function whyNot(thrown: unknown): string {
  const code = systemCode(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' || code === 'SQLITE_FULL') return 'finds no room on its disk: make some, or name another place.';
  return `cannot be written: check the folder and its rights${code === undefined ? '' : ` (${code})`}.`;
}
