import { rmSync, writeFileSync } from 'node:fs';
import { OperatorError } from '../shared/contract/operator/reply.ts';
import { systemCode } from '../operator/system-code.ts';

/**
 * Writes a new file that is its owner's alone, whole or not at all, and never over something.
 * @throws OperatorError `output_not_written` under this title
 */
export function writeNewFile(path: string, pieces: Iterable<string>, title: string): void {
  let isOurs = false;
  try {
    writeFileSync(path, '', { flag: 'wx', mode: 0o600 });
    isOurs = true;
    for (const piece of pieces) writeFileSync(path, piece, { flag: 'a' });
  } catch (thrown) {
    if (isOurs) rmSync(path, { force: true });
    const code = systemCode(thrown);
    const why = code === 'EEXIST' ? 'is there already, and nothing is overwritten: name another file.' : code === 'ENOSPC' ? 'finds no room on its disk: make some, or name another place.' : 'cannot be written: check the folder and its rights.';
    throw new OperatorError({ code: 'output_not_written', title, detail: `${path} ${why}`, request_id: null });
  }
}
