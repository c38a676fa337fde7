import { constants, copyFile, stat } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import type { BrowserWindow, Dialog, IpcMain, IpcMainInvokeEvent, OpenDialogOptions } from 'electron';
import { z } from 'zod';
import type { Operator } from '../operator/operator.ts';
import { OperatorError, type OperatorProblem, type Reply } from '../shared/contract/operator/reply.ts';
import { assertNever } from '../shared/core/assert-never.ts';
import { DOOR_CHANNEL, type DoorRequest, type FileWanted } from './door.ts';
import { APP_ORIGIN } from './protocol.ts';

const fileWantedSchema: z.ZodType<FileWanted> = z.enum(['csv', 'report_zip', 'report_folder', 'signers']);

const doorRequestSchema: z.ZodType<DoorRequest> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('call'), name: z.string().max(128), input: z.unknown() }),
  z.strictObject({ kind: z.literal('open-file'), wanted: fileWantedSchema }),
  z.strictObject({ kind: z.literal('file-from-drop'), path: z.string().max(32_768), wanted: fileWantedSchema }),
  z.strictObject({ kind: z.literal('save-download'), downloadId: z.string().max(128) }),
]);

export interface DoorParts {
  readonly operator: Pick<Operator, 'call' | 'files' | 'downloads'>;
  /** The one window; undefined while there is none. */
  readonly window: () => BrowserWindow | undefined;
  readonly dialog: Pick<Dialog, 'showOpenDialog' | 'showSaveDialog'>;
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
      return parts.operator.call(request.name, request.input, { transport: 'electron' });
    case 'open-file':
      return { ok: true, value: await chooseFile(request.wanted, parts) };
    case 'file-from-drop':
      return droppedFile(request.path, request.wanted, parts);
    case 'save-download':
      return { ok: true, value: await saveDownload(request.downloadId, parts) };
    default:
      return assertNever(request);
  }
}

async function chooseFile(wanted: FileWanted, { dialog, operator, window }: DoorParts): Promise<{ handle: string; file_name: string } | null> {
  const parent = window();
  if (parent === undefined) return null;
  const chosen = await dialog.showOpenDialog(parent, openDialogs[wanted]);
  const [path] = chosen.filePaths;
  return chosen.canceled || path === undefined ? null : openedFile(path, wanted === 'report_folder' ? 'folder' : 'opened', operator);
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

async function droppedFile(path: string, wanted: FileWanted, { operator }: DoorParts): Promise<Reply> {
  const found = isAbsolute(path) ? await stat(path).catch(() => undefined) : undefined;
  const mayBeFolder = wanted === 'report_zip' || wanted === 'report_folder';
  if (mayBeFolder && found?.isDirectory() === true) return { ok: true, value: openedFile(path, 'folder', operator) };
  if (found?.isFile() !== true) return { ok: false, problem: notAFile };
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
