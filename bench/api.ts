import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import axios from 'axios';
import { createAdminApi } from '../operator/admin-api/admin-api.ts';
import { login } from '../shared/contract/admin/customer-auth.ts';
import { median } from './measure.ts';
import type { BenchTable } from './table.ts';

const RUNS = 7;
const IN_FLIGHT = 16;
const body = { email: 'somebody@example.org', password: 'my own old password' };

/** A server in a process of its own. */
type Serving = { readonly url: string; readonly stop: () => Promise<void> };
/** Sends so many requests; resolves when the last is answered. */
type Load = (requests: number) => Promise<void>;

/**
 * `api`: a small validated POST over loopback. The server's own app against bare node:http, sixteen connections that
 * send bytes made beforehand, so that the server is what is measured; then the operator's client against bare axios,
 * both to the bare server, one at a time and sixteen in flight. Servers run in processes of their own.
 */
export async function benchApi([count = '8000']: readonly string[]): Promise<BenchTable> {
  const requests = Number(count);
  const bare = await serve('bare');
  const drydock = await serve('drydock');
  const rawBare = await openRawClient(bare.url);
  const rawDrydock = await openRawClient(drydock.url);
  const api = createAdminApi({ baseUrl: bare.url });
  const agent = new Agent({ keepAlive: true });
  try {
    const one = async (): Promise<unknown> => api.call(login, { params: {}, query: {}, body });
    const bareOne = async (): Promise<unknown> => axios.post(`${bare.url}/auth/login`, body, { httpAgent: agent });
    const [server, sequential, parallel] = [
      await compare(requests * 4, rawBare.load, rawDrydock.load),
      await compare(requests, inFlight(1, bareOne), inFlight(1, one)),
      await compare(requests, inFlight(IN_FLIGHT, bareOne), inFlight(IN_FLIGHT, one)),
    ];
    const row = (work: string, rate: number, ratio: string): string[] => [work, rate.toFixed(0), ratio];
    return {
      name: 'api',
      about: `${count} calls a run (four times as many to the servers), median of ${String(RUNS)} alternating runs, ${process.version}`,
      columns: ['work', 'calls a second', 'ratio'],
      rows: [
        row('bare node:http server, 16 connections', server.baseline, ''),
        row("the product's app, 16 connections", server.ours, `${(server.ours / server.baseline).toFixed(2)} of its rate (bar 0.75)`),
        row('bare axios, one at a time', sequential.baseline, ''),
        row("the operator's client, one at a time", sequential.ours, `${(sequential.baseline / sequential.ours).toFixed(2)} times as long (bar 1.15)`),
        row('bare axios, 16 in flight', parallel.baseline, ''),
        row("the operator's client, 16 in flight", parallel.ours, `${(parallel.baseline / parallel.ours).toFixed(2)} times as long (bar 1.15)`),
      ],
    };
  } finally {
    api.close();
    agent.destroy();
    for (const client of [rawBare, rawDrydock]) client.close();
    for (const server of [bare, drydock]) await server.stop();
  }
}

/** Calls a second of both, each the median of runs that alternate, after one run of each that is not counted. */
async function compare(requests: number, baseline: Load, ours: Load): Promise<{ readonly baseline: number; readonly ours: number }> {
  const rates = { baseline: [] as number[], ours: [] as number[] };
  for (const load of [baseline, ours]) await load(requests);
  for (let run = 0; run < RUNS; run += 1) {
    rates.baseline.push(await perSecond(requests, baseline));
    rates.ours.push(await perSecond(requests, ours));
  }
  return { baseline: median(rates.baseline), ours: median(rates.ours) };
}

async function perSecond(requests: number, load: Load): Promise<number> {
  const begun = performance.now();
  await load(requests);
  return requests / ((performance.now() - begun) / 1000);
}

/** So many at a time, each begun when another has ended. */
function inFlight(width: number, call: () => Promise<unknown>): Load {
  return async (requests) => {
    let left = requests;
    await Promise.all(
      Array.from({ length: width }, async () => {
        while (left > 0) {
          left -= 1;
          await call();
        }
      }),
    );
  };
}

/** Sixteen kept connections that send the same bytes and look for the end of each answer, and do nothing else. */
async function openRawClient(url: string): Promise<{ readonly load: Load; readonly close: () => void }> {
  const { hostname, port } = new URL(url);
  const text = JSON.stringify(body);
  const request = Buffer.from(`POST /auth/login HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${String(Buffer.byteLength(text))}\r\n\r\n${text}`);
  const sockets: Socket[] = [];
  for (let count = 0; count < IN_FLIGHT; count += 1) {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    sockets.push(socket);
  }
  const load: Load = async (requests) => {
    let left = requests;
    await Promise.all(
      sockets.map(async (socket) => {
        while (left > 0) {
          left -= 1;
          await exchange(socket, request);
        }
      }),
    );
  };
  return { load, close: () => sockets.forEach((socket) => void socket.destroy()) };
}

/** One request and its whole answer, which must be a success. */
async function exchange(socket: Socket, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      const length = /content-length: (\d+)/i.exec(text)?.[1];
      if (head < 0 || length === undefined || text.length < head + 4 + Number(length)) return;
      socket.off('data', take);
      if (text.startsWith('HTTP/1.1 200 ')) resolve();
      else reject(new Error(`A call was answered with: ${text.slice(0, 200)}`));
    };
    socket.on('data', take);
    socket.write(request);
  });
}

async function serve(which: 'bare' | 'drydock'): Promise<Serving> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./api-server.ts', import.meta.url)), which], { stdio: ['pipe', 'pipe', 'inherit'] });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).once('line', resolve);
  child.once('exit', () => reject(new Error('A server ended before it listened.')));
  return {
    url: await promise,
    async stop() {
      const exit = once(child, 'exit');
      child.stdin.end();
      await exit;
    },
  };
}
