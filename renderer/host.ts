import type { Send } from '../shared/contract/operator/client.ts';
import { type DroppedReport, readChosenFolder, readDrop } from './dropped-report.ts';
import type { OperatorProblem, Reply } from '../shared/contract/operator/reply.ts';
import { type PickedFile, type ShownFolder, type ThemeChoice, type WindowEvent, windowEventSchema } from '../shared/contract/window/events.ts';

export type { PickedFile } from '../shared/contract/window/events.ts';

/** A report that the operator holds for the window: a zip or folder by one handle, or the files of a folder by one each. */
export type PickedReport = { readonly name: string } & ({ readonly handle: string } | { readonly file_handles: readonly string[] });

/** What a file is asked for: decides what the dialog offers. */
export type FileWanted = 'csv' | 'signers';

/** What differs between Electron and a browser tab; everything else in the window is the same in both. */
export interface Host {
  readonly kind: 'electron' | 'browser';
  readonly send: Send;
  /** Asks for one file. Null when the person thought better of it. */
  openFile(wanted: FileWanted): Promise<PickedFile | null>;
  /** Hands a dropped file over. @throws Error with a sentence for the person. */
  fileFromDrop(file: File, wanted: FileWanted): Promise<PickedFile>;
  /** Asks for a report: its zip, or its folder. Null as for a file. @throws Error with a sentence for the person. */
  openReport(as: 'zip' | 'folder'): Promise<PickedReport | null>;
  /** Hands a dropped report over. To be called in the event itself, for a drop is empty right after. @throws Error with a sentence for the person. */
  reportFromDrop(transfer: DataTransfer): Promise<PickedReport>;
  /** Lets the person keep a finished file. */
  saveDownload(downloadId: string): Promise<void>;
  /** Gives what the app around the window tells it, from now on. Around a browser tab there is none. */
  listen(listener: (event: WindowEvent) => void): void;
  /** Has the app's own parts follow the window's theme. */
  setTheme(theme: ThemeChoice): void;
  /** Shows a folder of Drydock in the desktop's own file manager; undefined where a page cannot. */
  readonly showFolder: ((folder: ShownFolder) => Promise<void>) | undefined;
}

type BridgeWanted = FileWanted | 'report_zip' | 'report_folder';

/** What the preload script puts on the window in Electron. */
interface DrydockBridge {
  call(name: string, input: unknown): Promise<unknown>;
  openFile(wanted: BridgeWanted): Promise<PickedFile | null>;
  fileFromDrop(file: File, wanted: BridgeWanted): Promise<PickedFile>;
  saveDownload(downloadId: string): Promise<void>;
  listen(listener: (event: unknown) => void): Promise<unknown>;
  setTheme(theme: ThemeChoice): Promise<unknown>;
  showFolder(folder: ShownFolder): Promise<unknown>;
}

declare global {
  interface Window {
    readonly drydock?: DrydockBridge;
  }
}

/** The host that this window runs in. In a browser the launch key of the address is exchanged first, once. */
export async function connectHost(): Promise<Host> {
  if (window.drydock !== undefined) return electronHost(window.drydock);
  return browserHost(await launchToken());
}

function electronHost(bridge: DrydockBridge): Host {
  return {
    kind: 'electron',
    send: (name, input) => bridge.call(name, input),
    openFile: (wanted) => bridge.openFile(wanted),
    fileFromDrop: (file, wanted) => bridge.fileFromDrop(file, wanted),
    async openReport(as) {
      const picked = await bridge.openFile(as === 'zip' ? 'report_zip' : 'report_folder');
      return picked === null ? null : { name: picked.file_name, handle: picked.handle };
    },
    // A folder comes as one, as it lies on the disk: main looks at what it is.
    async reportFromDrop({ files }) {
      const picked: PickedFile[] = [];
      for (const file of files) picked.push(await bridge.fileFromDrop(file, 'report_zip'));
      const [first] = picked;
      if (first === undefined) throw new Error('What was dropped is no file. Drop a report’s zip or its folder.');
      return picked.length === 1 ? { name: first.file_name, handle: first.handle } : { name: 'Dropped files', file_handles: picked.map(({ handle }) => handle) };
    },
    saveDownload: (downloadId) => bridge.saveDownload(downloadId),
    listen: (listener) =>
      void bridge.listen((told) => {
        const event = windowEventSchema.safeParse(told);
        if (event.success) listener(event.data);
      }),
    setTheme: (theme) => void bridge.setTheme(theme),
    showFolder: async (folder) => void (await bridge.showFolder(folder)),
  };
}

function browserHost(token: string): Host {
  const post = (path: string, headers: Readonly<Record<string, string>>, body: BodyInit | null): Promise<Response> =>
    fetch(path, { method: 'POST', headers: { ...headers, authorization: `Bearer ${token}` }, body });
  const upload = (file: File): Promise<PickedFile> => uploadFile(post, file);
  const uploadReport = async (report: DroppedReport): Promise<PickedReport> => {
    if (report.kind === 'zip') return { name: report.file.name, handle: (await upload(report.file)).handle };
    const handles: string[] = [];
    for (const file of report.files) handles.push((await upload(file)).handle);
    return { name: report.name, file_handles: handles };
  };
  return {
    kind: 'browser',
    send: (name, input) => postCall(post, name, input),
    async openFile(wanted) {
      const [file] = (await chooseFiles({ accept: wanted === 'csv' ? '.csv,.txt,.tsv,text/csv' : '' })) ?? [];
      return file === undefined ? null : upload(file);
    },
    fileFromDrop: upload,
    async openReport(as) {
      const files = await chooseFiles(as === 'zip' ? { accept: '.zip,application/zip' } : { webkitdirectory: true });
      const [file] = files ?? [];
      if (files === null || file === undefined) return null;
      return uploadReport(as === 'zip' ? { kind: 'zip', file } : readChosenFolder(files));
    },
    reportFromDrop: (transfer) => readDrop(transfer).then(uploadReport),
    saveDownload: (downloadId) => followDownload(post, downloadId),
    listen: () => undefined,
    setTheme: () => undefined,
    showFolder: undefined,
  };
}

type Post = (path: string, headers: Readonly<Record<string, string>>, body: BodyInit | null) => Promise<Response>;

const json = { 'content-type': 'application/json' } as const;
const TOKEN_SLOT = 'drydock-session';

/** The token of this tab: for the launch key of the address, or as it was before a reload. Empty when there is none: every call is then refused. */
async function launchToken(): Promise<string> {
  const key = window.location.hash.slice(1);
  if (key === '') return sessionStorage.getItem(TOKEN_SLOT) ?? '';
  window.history.replaceState(null, '', window.location.pathname);
  try {
    const response = await fetch('/session', { method: 'POST', headers: json, body: JSON.stringify({ key }) });
    const token = textIn(await response.json(), 'token');
    if (token !== undefined) sessionStorage.setItem(TOKEN_SLOT, token);
  } catch {
    // The first call will say that nobody answers.
  }
  return sessionStorage.getItem(TOKEN_SLOT) ?? '';
}

async function postCall(post: Post, name: string, input: unknown): Promise<unknown> {
  let response: Response;
  try {
    response = await post(`/rpc/${name}`, json, JSON.stringify(input));
  } catch {
    return refusal(unreachable);
  }
  if (response.status === 401 || response.status === 403) return refusal(notAdmitted);
  return response.json().catch(() => refusal(unreachable));
}

/** What a person chooses in the browser's own dialog; null when they thought better of it. */
function chooseFiles(settings: Partial<Pick<HTMLInputElement, 'accept' | 'webkitdirectory'>>): Promise<readonly File[] | null> {
  return new Promise((resolve) => {
    const input = Object.assign(document.createElement('input'), { type: 'file', ...settings });
    input.addEventListener('cancel', () => resolve(null));
    input.addEventListener('change', () => resolve([...(input.files ?? [])]));
    input.click();
  });
}

/** As the operator has it: larger ones are turned away before they are sent. */
const LARGEST_UPLOAD_BYTES = 1024 ** 3;

async function uploadFile(post: Post, file: File): Promise<PickedFile> {
  if (file.size > LARGEST_UPLOAD_BYTES) throw new Error(`${file.name} ${TOO_LARGE}`);
  const response = await post(`/upload?name=${encodeURIComponent(file.name)}`, { 'content-type': 'application/octet-stream' }, file);
  if (response.status === 413) throw new Error(`${file.name} ${TOO_LARGE}`);
  const handle = response.ok ? textIn(await response.json(), 'handle') : undefined;
  if (handle === undefined) throw new Error(`The file could not be handed to the operator (${response.status}). Nothing was kept of it. Load it again.`);
  return { handle, file_name: file.name };
}

const TOO_LARGE = 'is larger than 1 GB, which no browser hands over here. Split it, or use the command line: "drydock check" and "drydock report verify" take any size.';

/** A link cannot carry the tab's token, so it carries a ticket that works once. */
async function followDownload(post: Post, downloadId: string): Promise<void> {
  const response = await post(`/download/${encodeURIComponent(downloadId)}`, {}, null);
  const ticket = response.ok ? textIn(await response.json(), 'ticket') : undefined;
  if (ticket === undefined) throw new Error('The file is not there any more. Make it again.');
  const link = document.createElement('a');
  link.href = `/download/${ticket}`;
  link.download = '';
  document.body.append(link);
  link.click();
  link.remove();
}

function textIn(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const text: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof text === 'string' ? text : undefined;
}

const unreachable: OperatorProblem = {
  code: 'operator_unreachable',
  title: 'The operator does not answer',
  detail: 'Drydock has been closed, or this machine is asleep. A run that was started goes on at the server. Start Drydock again to see it.',
  request_id: null,
};

const notAdmitted: OperatorProblem = {
  code: 'not_admitted',
  title: 'This tab is not let in',
  detail: 'The address of a launch works once, in one tab. Close this tab and start Drydock again.',
  request_id: null,
};

function refusal(problem: OperatorProblem): Reply {
  return { ok: false, problem };
}
