import { once } from 'node:events';
import { createServer, request } from 'node:http';

/** Kills whoever made a call: before the server hears of it, or when the server has answered. */
export type KillMoment = 'before_the_server' | 'after_the_server';

export type KillingProxy = { readonly url: string; readonly killed: Promise<void>; readonly close: () => Promise<void> };

/** A proxy that lets everything through but the first POST whose path ends with `path`: at that call, `kill` is called. */
export async function startKillingProxy(target: string, path: string, moment: KillMoment, kill: () => Promise<void>): Promise<KillingProxy> {
  const { promise: killed, resolve } = Promise.withResolvers<void>();
  let isDone = false;
  const server = createServer((asked, reply) => {
    const isTheCall = !isDone && asked.method === 'POST' && (asked.url ?? '').endsWith(path);
    if (isTheCall) isDone = true;
    const end = (): void =>
      void kill().then(() => {
      asked.socket.destroy();
      resolve();
    });
    if (isTheCall && moment === 'before_the_server') return end();
    const onward = request(`${target}${asked.url ?? ''}`, { method: asked.method, headers: asked.headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        if (isTheCall) end();
        else reply.writeHead(answer.statusCode ?? 500, answer.headers).end(Buffer.concat(chunks));
      });
    });
    onward.on('error', () => asked.socket.destroy());
    asked.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    killed,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
