import { stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import type { FileHandles } from '../operator/files.ts';
import type { WindowTeller } from './tell-window.ts';

const CSV_ENDINGS = new Set(['.csv', '.tsv', '.txt']);

/** The CSVs that a launch was given. In a packaged app the first argument is the app; in an unpackaged one also the second. */
export function csvInArguments(argv: readonly string[], workingFolder: string, isPackaged: boolean): readonly string[] {
  return argv
    .slice(isPackaged ? 1 : 2)
    .filter((argument) => !argument.startsWith('-') && CSV_ENDINGS.has(extname(argument).toLowerCase()))
    .map((path) => resolve(workingFolder, path));
}

export interface OpenedFileParts {
  readonly files: Pick<FileHandles, 'add'>;
  readonly teller: Pick<WindowTeller, 'tell'>;
  /** Keeps a path among the recent files, or takes it out. */
  readonly note: (path: string) => void;
  readonly forget: (path: string) => void;
}

/** Offers a file that was opened with Drydock to the window, as a handle. One that is gone is told, and leaves the recent ones. */
export async function offerFile(path: string, { files, teller, note, forget }: OpenedFileParts): Promise<void> {
  const fileName = basename(path);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) {
    note(path);
    teller.tell({ kind: 'file-offered', file: { handle: files.add({ path, fileName, kind: 'opened' }), file_name: fileName } });
  } else {
    forget(path);
    teller.tell({ kind: 'file-missing', file_name: fileName });
  }
}
