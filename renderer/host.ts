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
  await exchangeLaunchKey();
  return browserHost();
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

function browserHost(): Host {
  return {
    kind: 'browser',
    send: postCall,
    openFile: chooseFile,
    fileFromDrop: uploadFile,
    saveDownload: followDownload,
  };
}

const TOKEN_KEY = 'drydock-launch-token';

/** The launch key of the address works once, and only a token that this tab alone holds goes on from there. */
async function exchangeLaunchKey(): Promise<void> {
  const key = window.location.hash.slice(1);
  if (key === '') return;
  window.history.replaceState(null, '', window.location.pathname);
  try {
    const response = await fetch('/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ key }) });
    const reply: unknown = await response.json();
    if (response.ok && hasText(reply, 'token')) window.sessionStorage.setItem(TOKEN_KEY, reply.token);
  } catch {
    // Without a token the first call says what to do.
  }
}

function post(path: string, contentType: string, body: BodyInit): Promise<Response> {
  const token = window.sessionStorage.getItem(TOKEN_KEY) ?? '';
  return fetch(path, { method: 'POST', headers: { 'content-type': contentType, authorization: `Bearer ${token}` }, body });
}

async function postCall(name: string, input: unknown): Promise<unknown> {
  let response: Response;
  try {
    response = await post(`/rpc/${encodeURIComponent(name)}`, 'application/json', JSON.stringify(input));
  } catch {
    return refusal(unreachable);
  }
  if (response.status === 401 || response.status === 403) return refusal(notAdmitted);
  return response.json().catch(() => refusal(unreachable));
}

function chooseFile(): Promise<PickedFile | null> {
  return new Promise((resolve, reject) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = '.csv,.txt,.tsv,text/csv';
    input.addEventListener('cancel', () => resolve(null));
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      if (file === undefined) resolve(null);
      else uploadFile(file).then(resolve, reject);
    });
    input.click();
  });
}

async function uploadFile(file: File): Promise<PickedFile> {
  const response = await post(`/upload?name=${encodeURIComponent(file.name)}`, 'application/octet-stream', file);
  if (!response.ok) throw new Error(`The file could not be handed to the operator (${response.status}). Nothing was kept of it.`);
  const reply: unknown = await response.json();
  if (!hasText(reply, 'handle')) {
    throw new Error('The operator took the file and answered in a form that is not known here. Load it again.');
  }
  return { handle: reply.handle, file_name: file.name };
}

/** A link cannot carry the token, so a ticket that works once goes in its address. */
async function followDownload(downloadId: string): Promise<void> {
  const response = await post(`/download/${encodeURIComponent(downloadId)}`, 'application/json', '{}');
  const reply: unknown = await response.json();
  if (!response.ok || !hasText(reply, 'ticket')) throw new Error('The operator did not hand the file out. Export it again.');
  const link = document.createElement('a');
  link.href = `/download/${encodeURIComponent(reply.ticket)}`;
  link.download = '';
  link.click();
}

function hasText<Key extends string>(value: unknown, key: Key): value is Record<Key, string> {
  return typeof value === 'object' && value !== null && key in value && typeof (value as Record<string, unknown>)[key] === 'string';
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
  detail: 'The address of a launch works once. Close this tab and start Drydock again.',
  request_id: null,
};

function refusal(problem: OperatorProblem): Reply {
  return { ok: false, problem };
}
