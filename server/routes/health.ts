import { getHealth, getReady } from '../../shared/contract/admin/health.ts';
import type { Routes } from '../guards/registrar.ts';

/** Database and queue resolve when they can be reached and reject otherwise; a server that stops is not ready whatever they say. */
export type ReadinessProbes = { readonly database: () => Promise<void>; readonly queue: () => Promise<void>; readonly isStopping: () => boolean };

/** Whether the process lives, and whether it can work. */
export function healthRoutes(probes: ReadinessProbes): Routes {
  return (routes) => {
    routes.open(getHealth, async () => ({ body: { status: 'ok' as const } }));
    routes.open(getReady, async () => {
      const [database, queue] = await Promise.all([answers(probes.database), answers(probes.queue)]);
      const isReady = database && queue && !probes.isStopping();
      return { status: isReady ? 200 : 503, body: { status: isReady ? ('ready' as const) : ('not_ready' as const), database, queue } };
    });
  };
}

async function answers(probe: () => Promise<void>): Promise<boolean> {
  return probe().then(
    () => true,
    () => false,
  );
}
