import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { Caller } from '../../shared/contract/operator/dispatch.ts';
import type { Reply } from '../../shared/contract/operator/reply.ts';
import type { Downloads, FileHandles } from '../files.ts';
import { answerJson, answerRefusal, readJson } from './answers.ts';
import { sendDownload, sendPageFile } from './handed-out-files.ts';
import { type LaunchSession, createLaunchSession } from './launch-session.ts';
import { strangerReason } from './loopback-only.ts';
import { pageFile } from './page-files.ts';
import { receiveUpload } from './uploads.ts';

const LARGEST_CALL_BYTES = 64 * 1024 * 1024;
const LARGEST_KEY_BYTES = 1_024;
const CALLER: Caller = { transport: 'browser' };

/** What the host carries to and fro: the operator's contract and its files. */
export interface HostedOperator {
  call(name: string, input: unknown, caller: Caller): Promise<Reply>;
  readonly files: FileHandles;
  readonly downloads: Downloads;
}

export interface BrowserHostOptions {
  readonly operator: HostedOperator;
  /** The built page. */
  readonly pageFolder: string;
  /** Cryptographically strong. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** 0, the default, takes a free one. */
  readonly port?: number;
}

export interface BrowserHost {
  /** `http://127.0.0.1:PORT`, without the key. */
  readonly origin: string;
  /** The address that opens the window, with the key of this launch in its fragment, which works once. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves the window on 127.0.0.1 and carries its calls to the operator. Everything but the page's own files needs the
 * token that the launch key was exchanged for; it lies in the tab alone and goes in a header, since a cookie would go
 * to every port of this machine.
 * @throws Error when the port is taken
 */
export async function startBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const session = createLaunchSession(options.randomBytes);
  const server = createServer((request, response) => {
    answer(request, response, session, options).catch(() => response.destroy());
  });
  const port = await listen(server, options.port ?? 0);
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    address: `${origin}/#${session.key}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, session: LaunchSession, options: BrowserHostOptions): Promise<void> {
  const method = request.method ?? 'GET';
  const stranger = strangerReason({ method, host: request.headers.host, origin: request.headers.origin, fetchSite: textOf(request.headers['sec-fetch-site']), fetchMode: textOf(request.headers['sec-fetch-mode']) });
  if (stranger !== undefined) return answerRefusal(response, 403, stranger);
  const target = request.url ?? '/';
  // `//name/` would be another host to a URL parser, `http://name/` is for proxies: neither is a path of ours.
  const url = /^\/(?!\/)/.test(target) ? URL.parse(target, 'http://127.0.0.1') : null;
  if (url === null) return answerRefusal(response, 400, 'bad_address');
  if (method === 'GET' || method === 'HEAD') return get(method, url, response, session, options);
  if (method !== 'POST') return answerRefusal(response, 405, 'method_not_allowed');
  if (url.pathname === '/session') return exchange(request, response, session);
  if (!session.admits(bearerOf(request))) return answerRefusal(response, 401, 'not_admitted');
  return post(request, url, response, session, options);
}

async function get(method: string, url: URL, response: ServerResponse, session: LaunchSession, options: BrowserHostOptions): Promise<void> {
  const ticket = lastPart(url.pathname, '/download/');
  if (ticket !== undefined) {
    const downloadId = method === 'GET' ? session.redeemTicket(ticket) : undefined;
    return downloadId === undefined ? answerRefusal(response, 404, 'unknown_download') : sendDownload(response, options.operator.downloads, downloadId);
  }
  const file = pageFile(options.pageFolder, url.pathname);
  return file === undefined ? answerRefusal(response, 404, 'not_found') : sendPageFile(response, file, method === 'GET');
}

async function exchange(request: IncomingMessage, response: ServerResponse, session: LaunchSession): Promise<void> {
  const body = await readJson(request, LARGEST_KEY_BYTES);
  const value = body?.value;
  const key = typeof value === 'object' && value !== null && 'key' in value && typeof value.key === 'string' ? value.key : '';
  const token = session.exchange(key);
  return token === undefined ? answerRefusal(response, 403, 'launch_key_spent') : answerJson(response, 200, { token });
}

async function post(request: IncomingMessage, url: URL, response: ServerResponse, session: LaunchSession, options: BrowserHostOptions): Promise<void> {
  const { operator } = options;
  if (url.pathname === '/upload') return receiveUpload(request, response, url.searchParams.get('name') ?? '', operator.files);
  const downloadId = lastPart(url.pathname, '/download/');
  if (downloadId !== undefined) return answerJson(response, 200, { ticket: session.issueTicket(downloadId) });
  const name = lastPart(url.pathname, '/rpc/');
  if (name === undefined) return answerRefusal(response, 404, 'not_found');
  const body = await readJson(request, LARGEST_CALL_BYTES);
  if (body === undefined) return answerRefusal(response, 400, 'body_not_json');
  return answerJson(response, 200, await operator.call(name, body.value, CALLER));
}

function bearerOf(request: IncomingMessage): string {
  return /^Bearer ([\w-]{1,128})$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

function lastPart(path: string, beginning: string): string | undefined {
  const part = path.startsWith(beginning) ? path.slice(beginning.length) : '';
  return /^[\w.-]{1,128}$/.test(part) ? part : undefined;
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no loopback port to be had'));
      else resolve(address.port);
    });
  });
}
