// A server of its own process for the bench `api`: says its address, serves until its standard input ends.
import { createServer } from 'node:http';
import { createApp } from '../server/app.ts';
import { openTestStore } from '../tests/support/test-store.ts';
import { login } from '../shared/contract/admin/customer-auth.ts';

const answer = { session_token: 'a'.repeat(43), password_reset_required: false };

/** The least a server can do with a small JSON body: read it, parse it, answer. */
async function startBare(): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const text = JSON.stringify(answer);
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) });
      response.end(text);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('The server has no port.');
      resolve(`http://127.0.0.1:${String(address.port)}`);
    });
  });
}

/** The product's own app with every hook and check of a request and an answer; only what the call would do is left out. */
async function startDrydock(): Promise<string> {
  const { store } = await openTestStore();
  const app = createApp({
    store,
    readToken: async () => {
      throw new Error('No call of this bench has a token.');
    },
    trustedProxies: [],
    logFailure: ({ error }) => void process.stderr.write(`${String(error)}\n`),
    requestAnswered: () => undefined,
    routes: [(routes) => routes.open(login, async () => ({ body: answer }))],
  });
  return app.listen({ port: 0, host: '127.0.0.1' });
}

const url = process.argv[2] === 'bare' ? await startBare() : await startDrydock();
process.stdout.write(`${url}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
