import { sql } from 'kysely';
import { z } from 'zod';
import { type Adoption, adoptionSchema, getAdoption } from '../../shared/contract/admin/members.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import type { ReadTx } from '../store/store.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { readMembers } from './members.ts';
import { requireMigration } from './require-migration.ts';

const defaultLimit = 100;
const countSchema = z.coerce.number().pipe(z.int());

const pointSchema = z.object({ at: z.date(), prepared: countSchema, signed_in: countSchema, completed: countSchema, delivered: countSchema });

/** `GET /admin/migration/{id}/adoption`: how many came how far, over time, and who is still missing. */
export function registerAdoption(routes: RouteRegistrar, { store }: AdminRouteDeps): void {
  routes.read(getAdoption, async (call) => {
    const { id } = requireMigration(call);
    const { query } = call;
    const body = await store.inReadTx(async (tx): Promise<Adoption> => {
      const series = await readSeries(tx, id);
      const { at: _at, ...counts } = series.at(-1) ?? { at: '', prepared: 0, signed_in: 0, completed: 0, delivered: 0 };
      if (query.list === undefined) return { counts, series };
      const pending = await readMembers(tx, id, { email: null, states: ['prepared', 'signed_in'], after: query.after ?? null, limit: Number(query.limit ?? defaultLimit) });
      return { counts, series, pending };
    });
    return { body };
  });
}

/** Running totals, a point for each hour in which something happened. Whoever was rolled back is counted nowhere. */
async function readSeries(tx: ReadTx, migrationId: string): Promise<Adoption['series']> {
  const { rows } = await sql<Record<string, unknown>>`
    with happened as (
      select date_trunc('hour', prepared_at) as hour, 1 as prepared, 0 as signed_in, 0 as completed, 0 as delivered
        from members where migration_id = ${migrationId} and state <> 'rolled_back'
      union all
      select date_trunc('hour', coalesce(signed_in_at, completed_at)), 0, 1, 0, 0
        from members where migration_id = ${migrationId} and state <> 'rolled_back' and (signed_in_at is not null or completed_at is not null)
      union all
      select date_trunc('hour', completed_at), 0, 0, 1, 0
        from members where migration_id = ${migrationId} and state = 'completed'
      union all
      select date_trunc('hour', o.delivered_at), 0, 0, 0, 1
        from outbox o join events e on e.id = o.event_id where e.migration_id = ${migrationId} and o.state = 'delivered'
    )
    select hour as at,
      sum(sum(prepared)) over (order by hour) as prepared, sum(sum(signed_in)) over (order by hour) as signed_in,
      sum(sum(completed)) over (order by hour) as completed, sum(sum(delivered)) over (order by hour) as delivered
    from happened group by hour order by hour`.execute(tx);
  return adoptionSchema.shape.series.parse(rows.map((row) => pointSchema.parse(row)).map((point) => ({ ...point, at: point.at.toISOString() })));
}
