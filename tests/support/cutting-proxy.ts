import { createServer, request } from 'node:http';
import { once } from 'node:events';

/** What becomes of the answer to one request: it arrives, is lost with its connection, or becomes a 500 on the way. */
export type Fate = 'arrives' | 'lost' | 'server_error';

export type CuttingProxy = { readonly url: string; readonly close: () => Promise<void> };

/** A proxy in front of a server that lets every request through to its end, and then spoils answers as it is told. */
export async function startCuttingProxy(target: string, fateOf: () => Fate): Promise<CuttingProxy> {
  const server = createServer((asked, reply) => {
    const onward = request(`${target}${asked.url ?? ''}`, { method: asked.method, headers: asked.headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const fate = fateOf();
        if (fate === 'lost') asked.socket.destroy();
        else if (fate === 'server_error') reply.writeHead(500, { 'content-type': 'text/plain' }).end('broken on the way');
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
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
