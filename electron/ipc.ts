import { constants, copyFile, stat } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import type { BrowserWindow, Dialog, IpcMain, IpcMainInvokeEvent, OpenDialogOptions } from 'electron';
import { z } from 'zod';
import type { Operator } from '../operator/operator.ts';
import { OperatorError, type OperatorProblem, type Reply } from '../shared/contract/operator/reply.ts';
import { type ShownFolder, type ThemeChoice, shownFolderSchema, themeChoiceSchema } from '../shared/contract/window/events.ts';
import { assertNever } from '../shared/core/assert-never.ts';
import { DOOR_CHANNEL, type DoorRequest, type FileWanted } from './door.ts';
import { APP_ORIGIN } from './protocol.ts';

const fileWantedSchema: z.ZodType<FileWanted> = z.enum(['csv', 'report_zip', 'report_folder', 'signers']);

const doorRequestSchema: z.ZodType<DoorRequest> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('call'), name: z.string().max(128), input: z.unknown() }),
  z.strictObject({ kind: z.literal('open-file'), wanted: fileWantedSchema }),
  z.strictObject({ kind: z.literal('file-from-drop'), path: z.string().max(32_768), wanted: fileWantedSchema }),
  z.strictObject({ kind: z.literal('save-download'), downloadId: z.string().max(128) }),
  z.strictObject({ kind: z.literal('listen') }),
  z.strictObject({ kind: z.literal('set-theme'), theme: themeChoiceSchema }),
  z.strictObject({ kind: z.literal('show-folder'), folder: shownFolderSchema }),
]);

export interface DoorParts {
  readonly operator: Pick<Operator, 'call' | 'files' | 'downloads'>;
  /** The one window; undefined while there is none. */
  readonly window: () => BrowserWindow | undefined;
  readonly dialog: Pick<Dialog, 'showOpenDialog' | 'showSaveDialog'>;
  /** The page is there and listens. */
  readonly listens: () => void;
  readonly setTheme: (theme: ThemeChoice) => void;
  /** By its name, of which there are two: a path is never taken from the window. */
  readonly showFolder: (folder: ShownFolder) => void;
  /** A person has opened this CSV, for the list of recent files. */
  readonly csvOpened: (path: string) => void;
  /** A call has been answered. */
  readonly called: (name: string) => void;
}

/**
 * Opens the one door between window and operator. Whoever asks must be the main frame of our window, on exactly our
 * origin; where that cannot be told, the answer is no.
 */
export function openDoor(ipcMain: Pick<IpcMain, 'handle'>, parts: DoorParts): void {
  ipcMain.handle(DOOR_CHANNEL, async (event, raw: unknown): Promise<Reply> => {
    if (!isOurPage(event, parts.window())) return { ok: false, problem: notAdmitted };
    const request = doorRequestSchema.safeParse(raw);
    if (!request.success) return { ok: false, problem: notUnderstood };
    try {
      return await answerDoor(request.data, parts);
    } catch (thrown) {
      return { ok: false, problem: thrown instanceof OperatorError ? thrown.problem : doorFault };
    }
  });
}

/** Is the sender the page that we loaded, in the frame that we made? Missing or destroyed frames are not. */
export function isOurPage(event: Pick<IpcMainInvokeEvent, 'sender' | 'senderFrame'>, window: BrowserWindow | undefined): boolean {
  const frame = event.senderFrame;
  if (window === undefined || window.isDestroyed() || frame === null) return false;
  return event.sender === window.webContents && frame === window.webContents.mainFrame && frame.parent === null && frame.origin === APP_ORIGIN;
}

async function answerDoor(request: DoorRequest, parts: DoorParts): Promise<Reply> {
  switch (request.kind) {
    case 'call':
      return parts.operator.call(request.name, request.input, { transport: 'electron' }).finally(() => parts.called(request.name));
    case 'open-file':
      return { ok: true, value: await chooseFile(request.wanted, parts) };
    case 'file-from-drop':
      return droppedFile(request.path, request.wanted, parts);
    case 'save-download':
      return { ok: true, value: await saveDownload(request.downloadId, parts) };
    case 'listen':
      return done(parts.listens());
    case 'set-theme':
      return done(parts.setTheme(request.theme));
    case 'show-folder':
      return done(parts.showFolder(request.folder));
    default:
      return assertNever(request);
  }
}

function done(_nothing: void): Reply {
  return { ok: true, value: null };
}

async function chooseFile(wanted: FileWanted, parts: DoorParts): Promise<{ handle: string; file_name: string } | null> {
  const { dialog, operator } = parts;
  const parent = parts.window();
  if (parent === undefined) return null;
  const chosen = await dialog.showOpenDialog(parent, openDialogs[wanted]);
  const [path] = chosen.filePaths;
  if (chosen.canceled || path === undefined) return null;
  if (wanted === 'csv') parts.csvOpened(path);
  return openedFile(path, wanted === 'report_folder' ? 'folder' : 'opened', operator);
}

const allFiles = { name: 'All files', extensions: ['*'] };
/** A dialog is for files or for folders: only one of them can be both everywhere. */
const openDialogs: Readonly<Record<FileWanted, OpenDialogOptions>> = {
  csv: { properties: ['openFile'], filters: [{ name: 'CSV', extensions: ['csv', 'txt', 'tsv'] }, allFiles] },
  report_zip: { properties: ['openFile'], filters: [{ name: 'Report', extensions: ['zip'] }, allFiles] },
  report_folder: { properties: ['openDirectory'] },
  // It has no ending: "allowed_signers" is all of its name.
  signers: { properties: ['openFile', 'showHiddenFiles'] },
};

async function droppedFile(path: string, wanted: FileWanted, { operator, csvOpened }: DoorParts): Promise<Reply> {
  const found = isAbsolute(path) ? await stat(path).catch(() => undefined) : undefined;
  const mayBeFolder = wanted === 'report_zip' || wanted === 'report_folder';
  if (mayBeFolder && found?.isDirectory() === true) return { ok: true, value: openedFile(path, 'folder', operator) };
  if (found?.isFile() !== true) return { ok: false, problem: notAFile };
  if (wanted === 'csv') csvOpened(path);
  return { ok: true, value: openedFile(path, 'opened', operator) };
}

function openedFile(path: string, kind: 'opened' | 'folder', operator: DoorParts['operator']): { handle: string; file_name: string } {
  const fileName = basename(path);
  return { handle: operator.files.add({ path, fileName, kind }), file_name: fileName };
}

async function saveDownload(downloadId: string, { dialog, operator, window }: DoorParts): Promise<null> {
  const download = operator.downloads.get(downloadId);
  const parent = window();
  if (parent === undefined) return null;
  const chosen = await dialog.showSaveDialog(parent, { defaultPath: download.fileName, properties: ['createDirectory', 'showOverwriteConfirmation'] });
  if (!chosen.canceled && chosen.filePath !== '') await copyFile(download.path, chosen.filePath, constants.COPYFILE_FICLONE);
  return null;
}

const notAdmitted: OperatorProblem = { code: 'not_admitted', title: 'This page is not let in', detail: 'Only the window of Drydock may speak to the operator.', request_id: null };
const notUnderstood: OperatorProblem = { code: 'invalid_request', title: 'That call is not of the form it must have', detail: 'The window and the operator are of different versions: restart Drydock.', request_id: null };
const notAFile: OperatorProblem = { code: 'not_a_file', title: 'That is not a file on this machine', detail: 'Drop it from a folder of this machine, or choose it with the button.', request_id: null };
const doorFault: OperatorProblem = { code: 'internal', title: 'Drydock met a fault of its own', detail: 'Nothing more was sent. Try again; if it comes back, restart Drydock and look in the log.', request_id: null };
