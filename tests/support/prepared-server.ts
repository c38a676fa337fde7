import { randomUUID } from 'node:crypto';
import { signAdminToken } from '../../server/tokens/admin-token.ts';
import type { Scope } from '../../shared/contract/admin/endpoint.ts';
import { TEST_ENVIRONMENT } from './admin-server.ts';
import type { PreparedPlan } from './prepared-plan.ts';

const JWT_SECRET = 'j'.repeat(32);

/** What a server process needs to go on with a prepared database. */
export function preparedServerSettings(world: PreparedPlan): Record<string, string> {
  const migrations = [world.migrationId, world.beside.migrationId].map((id) => ({ id, playbook: 'account-prep', title: id, flag: `migration.${id.replace('-', '_')}`, settings: { cohort_tag: `${id}-csv` } }));
  return {
    DRYDOCK_CONFIG: JSON.stringify({ environment: { id: TEST_ENVIRONMENT, name: 'Test', kind: 'staging' }, migrations }),
    DRYDOCK_DATABASE_URL: world.url,
    DRYDOCK_JWT_SECRET: JWT_SECRET,
    DRYDOCK_SECRET_KEY: 's'.repeat(32),
    DRYDOCK_RECEIPT_KEY: Buffer.alloc(32, 7).toString('base64'),
  };
}

/** A token that such a server takes. */
export async function preparedServerToken(sub: string, scopes: readonly Scope[]): Promise<string> {
  return signAdminToken(Buffer.from(JWT_SECRET), { environmentId: TEST_ENVIRONMENT, sub, scopes, tokenId: randomUUID(), issuedAt: new Date(), ttlSeconds: 3600 });
}
