import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** One address for a server whose own changes each time it is started again. */
export type MovingProxy = {
  readonly url: string;
  /** Where connections go from now on; null: nobody is there. */
  readonly pointTo: (url: string | null) => void;
  /** Breaks every connection that is open now. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
};

/** Hands bytes on and knows nothing of them. Connections to a server that has died end with it. */
export async function startMovingProxy(): Promise<MovingProxy> {
  let target: URL | null = null;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    if (target === null) return void near.destroy();
    const far = connect({ host: target.hostname, port: Number(target.port) });
    for (const [one, other] of [[near, far], [far, near]] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port');
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    pointTo: (url) => (target = url === null ? null : new URL(url)),
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
