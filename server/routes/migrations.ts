import { sql } from 'kysely';
import { z } from 'zod';
import { listMigrations, migrationSchema } from '../../shared/contract/admin/migrations.ts';
import { findPlaybook } from '../../shared/playbooks/registry.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';

/** `GET /admin/migrations`: what is declared here, with its flag and how far it is. */
export function registerMigrations(routes: RouteRegistrar, { store }: AdminRouteDeps): void {
  routes.read(listMigrations, async () => {
    const rows = await store.inReadTx(
      async (tx) =>
        (
          await sql<Record<string, unknown>>`
            select m.id, m.playbook, m.title, m.settings, m.bound_cohort,
              jsonb_build_object('name', m.flag, 'enabled', coalesce(f.enabled, false)) as flag,
              (select jsonb_build_object(
                 'prepared', count(*),
                 'signed_in', count(*) filter (where signed_in_at is not null or state = 'completed'),
                 'completed', count(*) filter (where state = 'completed'))
               from members where migration_id = m.id and state <> 'rolled_back') as progress
            from migrations m left join feature_flags f on f.name = m.flag
            order by m.id`.execute(tx)
        ).rows,
    );
    const items = rows.map((row) => migrationSchema.parse({ ...row, playbook_version: findPlaybook(z.string().parse(row['playbook']))?.version ?? 'unknown' }));
    return { body: { items, next_cursor: null } };
  });
}
