import { scopes } from '../../shared/contract/admin/endpoint.ts';
import { getSession } from '../../shared/contract/admin/session.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';

/** `GET /admin/session`: who asks, what the token allows, which environment this is and what it asks for. */
export function registerSession(routes: RouteRegistrar, { environment, policy, receiptPublicKey }: AdminRouteDeps): void {
  routes.read(getSession, async ({ caller }) => ({
    body: {
      sub: caller.sub,
      scopes: scopes.filter((scope) => caller.scopes.has(scope)),
      expires_at: caller.expiresAt.toISOString(),
      environment,
      policy,
      receipt_public_key: receiptPublicKey,
    },
  }));
}
