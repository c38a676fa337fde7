import type { AuthDeps } from '../auth/auth-deps.ts';
import type { Routes } from '../guards/registrar.ts';
import type { ReadToken } from '../guards/token.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { ReceiptIssuer } from '../receipts/issue-receipt.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { adminRoutes } from './admin-routes.ts';
import { authRoutes } from './auth.ts';
import { healthRoutes, type ReadinessProbes } from './health.ts';
import { journalHeadRoutes } from './journal-heads.ts';
import { metricsRoutes } from './metrics.ts';
import { receiptRoutes } from './receipt.ts';
import { signerRoutes } from './signers.ts';

/** What all routes of a server need from around them. */
export type ServerRouteDeps = {
  readonly admin: AdminRouteDeps;
  readonly auth: AuthDeps;
  readonly receipts: ReceiptIssuer;
  readonly readiness: ReadinessProbes;
  readonly metrics: ServerMetrics;
  readonly readToken: ReadToken;
};

/** Every route that a server has: the one list, for the server itself and for tests that walk all of them. */
export function serverRoutes({ admin, auth, receipts, readiness, metrics, readToken }: ServerRouteDeps): readonly Routes[] {
  const { store, environment } = admin;
  return [
    healthRoutes(readiness),
    metricsRoutes({ store, readToken, text: metrics.text }),
    authRoutes(auth),
    ...adminRoutes(admin),
    receiptRoutes(receipts),
    signerRoutes({ store, environmentId: environment.id }),
    journalHeadRoutes({ store }),
  ];
}
