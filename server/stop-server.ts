import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** Requests in flight get this long to end once no new ones are taken; then their connections are cut. */
const IN_FLIGHT_LIMIT_MS = 20_000;

/**
 * Stops in the order that costs nobody an answer: for `drainMs` the server goes on answering while `/ready` says that
 * it is not (a load balancer needs to see that), then no connection is taken, readers that wait for news get what
 * there is, and requests, the batch and the deliveries in flight end. Resolves in bounded time, whatever a client does.
 */
export async function stopServer(app: FastifyInstance, workers: readonly { readonly stop: () => Promise<void> }[], drainMs: number): Promise<void> {
  await wait(drainMs);
  const cut = setTimeout(() => app.server.closeAllConnections(), IN_FLIGHT_LIMIT_MS);
  try {
    await Promise.all([app.close(), ...workers.map(async (worker) => worker.stop())]);
  } finally {
    clearTimeout(cut);
  }
}
