import { createServer, request } from 'node:http';
import { once } from 'node:events';

/** What becomes of the answer to one request: it arrives, is lost with its connection, or becomes a 500 on the way. */
export type Fate = 'arrives' | 'lost' | 'server_error';

/** A request as the proxy sees it. */
export type AskedOnTheWay = { readonly method: string; readonly path: string };

export type CuttingProxy = { readonly url: string; readonly close: () => Promise<void> };

/**
 * A proxy in front of a server that spoils answers as it is told, each when the server has given it. What `isStopped` says
 * yes to never reaches the server.
 */
export async function startCuttingProxy(
  target: string,
  fateOf: (asked: AskedOnTheWay) => Fate | Promise<Fate>,
  isStopped: (asked: AskedOnTheWay) => Promise<boolean> = async () => false,
): Promise<CuttingProxy> {
  const server = createServer((asked, reply) => {
    const seen: AskedOnTheWay = { method: asked.method ?? '', path: asked.url ?? '' };
    const onward = request(`${target}${seen.path}`, { method: asked.method, headers: asked.headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      const end = (fate: Fate): void => {
        if (fate === 'lost') asked.socket.destroy();
        else if (fate === 'server_error') reply.writeHead(500, { 'content-type': 'text/plain' }).end('broken on the way');
        else reply.writeHead(answer.statusCode ?? 500, answer.headers).end(Buffer.concat(chunks));
      };
      answer.on('end', () => void Promise.resolve(fateOf(seen)).then(end));
    });
    onward.on('error', () => asked.socket.destroy());
    void isStopped(seen).then((stopped) => (stopped ? onward.destroy(new Error('stopped on the way')) : asked.pipe(onward)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
