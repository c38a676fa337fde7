import { type FileErrorCode, fileErrorWordings } from '../../shared/core/check-codes.ts';
import type { FileError } from '../../shared/core/check-document.ts';

/** Thrown where a whole file must be refused; caught in one place, which makes the file error of it. */
export class FileRefusal extends Error {
  override readonly name = 'FileRefusal';
  readonly fileError: FileError;

  /**
   * `line` is the physical line, null where none can be named. `particulars` is a sentence of its own
   * between reason and remedy; it must hold nothing of a cell's value.
   */
  constructor(code: FileErrorCode, line: number | null, particulars?: string) {
    super(code);
    const { reason, remedy } = fileErrorWordings[code];
    const where = line === null ? '' : `Line ${line}: `;
    this.fileError = { code, line, detail: `${where}${reason}${particulars === undefined ? '' : ` ${particulars}`} ${remedy}` };
  }
}

const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const SHOWN_MAX_LENGTH = 60;

/** Text of the file as it may stand in a message: short, with what cannot be seen as visible codes. */
export function visible(text: string): string {
  const shown = text.length > SHOWN_MAX_LENGTH ? `${text.slice(0, SHOWN_MAX_LENGTH)}…` : text;
  return shown.replace(HIDDEN, (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`);
}
