import { expect, test } from 'vitest';
import { readChosenFolder, readDrop } from './dropped-report.ts';

const fileNamed = (name: string, path = ''): File => Object.defineProperty(new File(['x'], name), 'webkitRelativePath', { value: path });
const entryOf = (file: File) => ({ isFile: true, isDirectory: false, name: file.name, file: (take: (found: File) => void) => take(file) });

/** A folder gives its entries some at a time, and none at its end. */
function folderEntry(name: string, entries: readonly unknown[]) {
  const rounds = [entries.slice(0, 2), entries.slice(2), []];
  return { isFile: false, isDirectory: true, name, createReader: () => ({ readEntries: (take: (found: unknown) => void) => take(rounds.shift() ?? []) }) };
}

function dropOf(entries: readonly unknown[], files: readonly File[] = []): DataTransfer {
  return { items: entries.map((entry) => ({ kind: 'file', webkitGetAsEntry: () => entry })), files } as unknown as DataTransfer;
}

const files = ['report.json', 'MANIFEST.sha256', 'VERIFY.txt'].map((name) => fileNamed(name, `report/${name}`));

test('a dropped folder is its files, all of them, with its name', async () => {
  expect(await readDrop(dropOf([folderEntry('report', files.map(entryOf))]))).toEqual({ kind: 'folder', name: 'report', files });
  expect(readChosenFolder(files)).toEqual({ kind: 'folder', name: 'report', files });
});

test('one file is a zip, or what is taken for one; several are the files of a folder', async () => {
  const zip = fileNamed('report.zip');
  expect(await readDrop(dropOf([null], [zip]))).toEqual({ kind: 'zip', file: zip });
  expect(await readDrop(dropOf(files.map(() => null), files))).toEqual({ kind: 'folder', name: 'Dropped files', files });
});

test.each([
  ['nothing', dropOf([]), 'no file'],
  ['an empty folder', dropOf([folderEntry('report', [])]), 'is empty'],
  ['a folder with a folder in it', dropOf([folderEntry('all', [folderEntry('report', [])])]), 'a folder inside'],
  ['two folders', dropOf([folderEntry('a', []), folderEntry('b', [])]), 'the report alone'],
  ['a zip with a file of signers', dropOf([null, null], [fileNamed('report.zip'), fileNamed('allowed_signers')]), 'into the field beside it'],
  ['a folder of many files', dropOf([folderEntry('photos', Array.from({ length: 200 }, (_, index) => entryOf(fileNamed(`${index}.jpg`))))]), 'more than any report'],
])('%s is turned away in words, before anything is sent', async (_what, dropped, says) => {
  await expect(readDrop(dropped)).rejects.toThrow(says);
});

test('a chosen folder with a folder in it is turned away', () => {
  expect(() => readChosenFolder([...files, fileNamed('x', 'report/sub/x')])).toThrow('a folder inside');
});
