import type { Send } from '../shared/contract/operator/client.ts';
import type { OperatorProblem, Reply } from '../shared/contract/operator/reply.ts';

/** A file that the operator holds for the window: a handle, never a path. */
export interface PickedFile {
  readonly handle: string;
  readonly file_name: string;
}

/** What differs between Electron and a browser tab; everything else in the window is the same in both. */
export interface Host {
  readonly kind: 'electron' | 'browser';
  readonly send: Send;
  /** Asks for one file. Null when the person thought better of it. */
  openFile(): Promise<PickedFile | null>;
  /** Hands a dropped file over. @throws Error with a sentence for the person. */
  fileFromDrop(file: File): Promise<PickedFile>;
  /** Lets the person keep a finished file. */
  saveDownload(downloadId: string): Promise<void>;
}

/** What the preload script puts on the window in Electron. */
interface DrydockBridge {
  call(name: string, input: unknown): Promise<unknown>;
  openFile(): Promise<PickedFile | null>;
  fileFromDrop(file: File): Promise<PickedFile>;
  saveDownload(downloadId: string): Promise<void>;
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
    openFile: () => bridge.openFile(),
    fileFromDrop: (file) => bridge.fileFromDrop(file),
    saveDownload: (downloadId) => bridge.saveDownload(downloadId),
  };
}

function browserHost(token: string): Host {
  const post = (path: string, headers: Readonly<Record<string, string>>, body: BodyInit | null): Promise<Response> =>
    fetch(path, { method: 'POST', headers: { ...headers, authorization: `Bearer ${token}` }, body });
  const upload = (file: File): Promise<PickedFile> => uploadFile(post, file);
  return {
    kind: 'browser',
    send: (name, input) => postCall(post, name, input),
    openFile: () => chooseFile(upload),
    fileFromDrop: upload,
    saveDownload: (downloadId) => followDownload(post, downloadId),
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

function chooseFile(upload: (file: File) => Promise<PickedFile>): Promise<PickedFile | null> {
  return new Promise((resolve, reject) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = '.csv,.txt,.tsv,text/csv';
    input.addEventListener('cancel', () => resolve(null));
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      if (file === undefined) resolve(null);
      else upload(file).then(resolve, reject);
    });
    input.click();
  });
}

async function uploadFile(post: Post, file: File): Promise<PickedFile> {
  const response = await post(`/upload?name=${encodeURIComponent(file.name)}`, { 'content-type': 'application/octet-stream' }, file);
  if (response.status === 413) throw new Error('The file is larger than 1 GB. Split it.');
  const handle = response.ok ? textIn(await response.json(), 'handle') : undefined;
  if (handle === undefined) throw new Error(`The file could not be handed to the operator (${response.status}). Nothing was kept of it. Load it again.`);
  return { handle, file_name: file.name };
}

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
