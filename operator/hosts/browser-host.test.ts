import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Reply } from '../../shared/contract/operator/reply.ts';
import { type OpenFiles, createOpenFiles } from '../files.ts';
import { type BrowserHost, startBrowserHost } from './browser-host.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let home: string;
let files: OpenFiles;
let host: BrowserHost;
let calls: { name: string; input: unknown; transport: string }[];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'drydock-host-'));
  mkdirSync(join(home, 'page', 'assets'), { recursive: true });
  writeFileSync(join(home, 'page', 'index.html'), '<!doctype html><title>Drydock</title>');
  writeFileSync(join(home, 'page', 'assets', 'index-abc.js'), 'export {};');
  writeFileSync(join(home, 'secrets.json'), '{"token":"canary"}');
  files = createOpenFiles(home, randomBytes, process.pid, () => true);
  calls = [];
  host = await startBrowserHost({
    operator: {
      call: async (name, input, caller): Promise<Reply> => {
        calls.push({ name, input, transport: caller.transport });
        return { ok: true, value: { echoed: input } };
      },
      files: files.handles,
      downloads: files.downloads,
    },
    pageFolder: join(home, 'page'),
    randomBytes,
  });
});

afterEach(async () => {
  await host.close();
  files.close();
  rmSync(home, { recursive: true, force: true });
});

/** Speaks plain HTTP, so that `Host` and `Origin` can be whatever an attacker would send. */
async function send(method: string, path: string, headers: Record<string, string> = {}, body?: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(host.origin + '/', { method, path, headers }, (response) => {
      text(response).then((read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read }), reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const launchKey = (): string => new URL(host.address).hash.slice(1);
const ownOrigin = (): Record<string, string> => ({ origin: host.origin, 'content-type': 'application/json' });

async function exchange(key = launchKey()): Promise<Answer> {
  return send('POST', '/session', ownOrigin(), JSON.stringify({ key }));
}

async function admitted(): Promise<Record<string, string>> {
  const { token } = JSON.parse((await exchange()).body) as { token: string };
  return { ...ownOrigin(), authorization: `Bearer ${token}` };
}

describe('the launch key', () => {
  test('is 256 bits, in the fragment alone', () => {
    expect(Buffer.from(launchKey(), 'base64url')).toHaveLength(32);
    expect(host.address).toBe(`${host.origin}/#${launchKey()}`);
  });

  test('opens a session once and is dead after that', async () => {
    expect((await exchange()).status).toBe(200);
    expect((await exchange()).status).toBe(403);
  });

  test('survives a wrong guess', async () => {
    expect((await exchange('wrong')).status).toBe(403);
    expect((await exchange(launchKey().slice(1))).status).toBe(403);
    expect((await exchange()).status).toBe(200);
  });

  test('is no token, and without a token nothing is carried to the operator', async () => {
    await exchange();
    for (const authorization of ['', `Bearer ${launchKey()}`, 'Bearer x', 'Basic eDp5']) {
      const answer = await send('POST', '/rpc/app.getInfo', { ...ownOrigin(), ...(authorization === '' ? {} : { authorization }) }, '{}');
      expect(answer.status).toBe(401);
    }
    expect(calls).toEqual([]);
  });
});

describe('a stranger', () => {
  test('may lead a browser to the page, as the launch file does, and may load nothing into a page of its own', async () => {
    const crossSite = { 'sec-fetch-site': 'cross-site' };
    expect((await send('GET', '/', { ...crossSite, 'sec-fetch-mode': 'navigate' })).status).toBe(200);
    expect((await send('GET', '/assets/index-abc.js', { ...crossSite, 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
    expect((await send('GET', '/', { ...crossSite, 'sec-fetch-mode': 'cors' })).status).toBe(403);
    expect((await send('POST', '/session', { ...ownOrigin(), ...crossSite, 'sec-fetch-mode': 'navigate' }, JSON.stringify({ key: launchKey() }))).status).toBe(403);
  });

  test.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '10.0.0.1', '0.0.0.0', 'localhost.evil.example', '[::2]'])('under the name %j is refused, page included', async (name) => {
    const headers = await admitted();
    expect((await send('GET', '/', { host: name })).status).toBe(403);
    expect((await send('POST', '/rpc/app.getInfo', { ...headers, host: name, origin: `http://${name}` }, '{}')).status).toBe(403);
    expect(calls).toEqual([]);
  });

  test.each(['http://evil.example', 'http://127.0.0.1:1', 'https://127.0.0.1', 'null'])('from the origin %s is refused, even with the token', async (origin) => {
    const headers = await admitted();
    expect((await send('POST', '/rpc/app.getInfo', { ...headers, origin }, '{}')).status).toBe(403);
    expect((await send('GET', '/', { origin })).status).toBe(403);
    expect(calls).toEqual([]);
  });

  test('that names no origin cannot send anything', async () => {
    const { origin: _origin, ...headers } = await admitted();
    expect((await send('POST', '/rpc/app.getInfo', headers, '{}')).status).toBe(403);
  });

  test('gets no leave from CORS', async () => {
    const preflight = await send('OPTIONS', '/rpc/app.getInfo', { origin: host.origin, 'access-control-request-method': 'POST' });
    expect(preflight.status).toBe(405);
    const page = await send('GET', '/');
    for (const headers of [preflight.headers, page.headers]) expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('on another machine finds no door', async () => {
    const outside = Object.values(networkInterfaces()).flat().find((one) => one?.family === 'IPv4' && !one.internal);
    const port = new URL(host.origin).port;
    const attempt = outside === undefined ? Promise.reject(new Error('no other interface')) : fetch(`http://${outside.address}:${port}/`);
    await expect(attempt).rejects.toThrow(/fetch failed|no other interface/);
  });
});

describe('the end of a tunnel', () => {
  test.each(['localhost:9000', '127.0.0.1:1', '[::1]:8080', 'localhost'])('is let in as %s', async (name) => {
    const headers = await admitted();
    const answer = await send('POST', '/rpc/app.getInfo', { ...headers, host: name, origin: `http://${name}` }, '{"a":1}');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ ok: true, value: { echoed: { a: 1 } } });
  });
});

describe('a call', () => {
  test('reaches the operator with its input, as a browser’s', async () => {
    await send('POST', '/rpc/sources.check', await admitted(), JSON.stringify({ handle: 'x' }));
    expect(calls).toEqual([{ name: 'sources.check', input: { handle: 'x' }, transport: 'browser' }]);
  });

  test.each([
    ['application/json', '{"a":'],
    ['application/json', Buffer.from([0x22, 0xff, 0x22])],
    ['text/plain', '{}'],
  ])('of %s that is not JSON is refused', async (contentType, body) => {
    const answer = await send('POST', '/rpc/app.getInfo', { ...(await admitted()), 'content-type': contentType }, body);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([400, { code: 'body_not_json' }]);
    expect(calls).toEqual([]);
  });
});

describe('the page', () => {
  test('comes with a policy that lets in nothing but itself', async () => {
    const { headers, body } = await send('GET', '/');
    expect(body).toContain('<title>Drydock</title>');
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self';");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    expect((await send('GET', '/assets/index-abc.js')).headers['content-type']).toBe('text/javascript; charset=utf-8');
  });

  test.each(['/../secrets.json', '/%2e%2e/secrets.json', '/..%2fsecrets.json', '/assets/..%2f..%2fsecrets.json', '/link.json', '/%00', '/%zz', '/assets', '/assets/', '/..\\secrets.json'])(
    'is all that %s can reach',
    async (path) => {
      symlinkSync(join(home, 'secrets.json'), join(home, 'page', 'link.json'));
      const answer = await send('GET', path);
      expect(answer.status).toBe(404);
      expect(answer.body).not.toContain('canary');
    },
  );
});

test.each(['//secrets.json', '//evil.example/', 'http://evil.example/', '*'])('%s is no path of ours', async (path) => {
  expect((await send('GET', path)).status).toBe(400);
});

describe('files', () => {
  test('that are uploaded become a handle; the name is never a path', async () => {
    const headers = { ...(await admitted()), 'content-type': 'application/octet-stream' };
    const bytes = randomBytes(300_000);
    const answer = await send('POST', `/upload?name=${encodeURIComponent('../../etc/co\u0000hort.csv')}`, headers, bytes);
    const { handle } = JSON.parse(answer.body) as { handle: string };
    const file = files.handles.get(handle);
    expect(file).toMatchObject({ fileName: 'cohort.csv', kind: 'spooled' });
    expect(readFileSync(file.path).equals(bytes)).toBe(true);
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(answer.body).not.toContain(home);
  });

  test('that are cut off leave nothing behind', async () => {
    const headers = { ...(await admitted()), 'content-type': 'application/octet-stream', 'content-length': '1000' };
    await new Promise<void>((resolve) => {
      const sent = httpRequest(`${host.origin}/upload?name=a.csv`, { method: 'POST', headers });
      sent.on('error', () => resolve());
      sent.on('socket', (socket) => socket.on('close', () => resolve()));
      sent.write('half');
      sent.flushHeaders();
      setImmediate(() => sent.destroy());
    });
    await expect.poll(() => spooledFiles()).toEqual([]);
  });

  test('to download go out by a ticket that works once', async () => {
    const path = files.newDownloadPath();
    writeFileSync(path, 'line,reason\n');
    const id = files.downloads.add({ path, fileName: 'rejects "ä".csv', mediaType: 'text/csv; charset=utf-8' });
    const issued = await send('POST', `/download/${id}`, await admitted(), '{}');
    const { ticket } = JSON.parse(issued.body) as { ticket: string };
    const first = await send('GET', `/download/${ticket}`);
    expect([first.status, first.body]).toEqual([200, 'line,reason\n']);
    expect(first.headers['content-disposition']).toBe(`attachment; filename="rejects ___.csv"; filename*=UTF-8''rejects%20%22%C3%A4%22.csv`);
    expect((await send('GET', `/download/${ticket}`)).status).toBe(404);
    expect((await send('GET', `/download/${id}`)).status).toBe(404);
  });

  test('that are unknown are not there', async () => {
    const issued = await send('POST', '/download/download_none', await admitted(), '{}');
    const { ticket } = JSON.parse(issued.body) as { ticket: string };
    expect((await send('GET', `/download/${ticket}`)).status).toBe(404);
  });
});

function spooledFiles(): string[] {
  const spool = join(home, 'spool');
  return existsSync(spool) ? readdirSync(spool, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => entry.name) : [];
}
