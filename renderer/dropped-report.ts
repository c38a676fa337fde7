/** A report has about a dozen files; whoever drops more has dropped something else. */
const MOST_FILES = 64;

/** What was dropped or chosen as a report: its zip, or the files of its folder. */
export type DroppedReport = { readonly kind: 'zip'; readonly file: File } | { readonly kind: 'folder'; readonly name: string; readonly files: readonly File[] };

/**
 * Reads a drop, in a browser: a file, a folder, or the files out of a folder. What was dropped must be taken from the
 * event before anything is waited for, so call it in the event itself.
 * @throws Error with a sentence for the person
 */
export function readDrop(transfer: DataTransfer): Promise<DroppedReport> {
  const entries = [...transfer.items].filter(({ kind }) => kind === 'file').map((item) => item.webkitGetAsEntry());
  const files = [...transfer.files];
  const [entry] = entries;
  if (entries.length === 1 && isFolder(entry)) return filesOf(entry).then((found) => folderOf(entry.name, found));
  return Promise.resolve().then(() => {
    if (entries.some(isFolder)) throw new Error('Drop the report alone: one zip, or one folder.');
    return looseFiles(files);
  });
}

/** Reads what was chosen with a folder's button: every file below it. @throws Error with a sentence for the person */
export function readChosenFolder(files: readonly File[]): DroppedReport {
  const name = files[0]?.webkitRelativePath.split('/')[0] ?? '';
  if (files.some((file) => file.webkitRelativePath.split('/').length > 2)) throw folderInside();
  return folderOf(name, files);
}

function looseFiles(files: readonly File[]): DroppedReport {
  const [file] = files;
  if (file === undefined) throw new Error('What was dropped is no file. Drop a report’s zip or its folder.');
  if (files.length === 1) return { kind: 'zip', file };
  if (files.some(({ name }) => name.toLowerCase().endsWith('.zip'))) throw new Error('Drop the report alone: one zip, or one folder. A file of signers goes into the field beside it.');
  return folderOf('Dropped files', files);
}

function folderOf(name: string, files: readonly File[]): DroppedReport {
  if (files.length === 0) throw new Error('The folder is empty. Drop the folder that MANIFEST.sha256 lies in.');
  if (files.length > MOST_FILES) throw new Error(`The folder has ${files.length} files, more than any report. Drop the folder that MANIFEST.sha256 lies in.`);
  return { kind: 'folder', name, files };
}

async function filesOf(folder: FileSystemDirectoryEntry): Promise<readonly File[]> {
  const reader = folder.createReader();
  const files: File[] = [];
  for (;;) {
    // It gives some at a time, and none at its end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => {
      throw new Error('The folder cannot be read. Look at its rights, or drop the report’s zip.');
    });
    if (some.length === 0 || files.length > MOST_FILES) return files;
    for (const entry of some) {
      if (!isFile(entry)) throw folderInside();
      files.push(await new Promise<File>((resolve, reject) => entry.file(resolve, reject)));
    }
  }
}

function isFolder(entry: FileSystemEntry | null | undefined): entry is FileSystemDirectoryEntry {
  return entry?.isDirectory === true;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function folderInside(): Error {
  return new Error('There is a folder inside it, and no report has one. Drop the folder that MANIFEST.sha256 lies in.');
}
