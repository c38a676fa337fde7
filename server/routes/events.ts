import { sql } from 'kysely';
import { z } from 'zod';
import { listEvents, memberEventSchema, type MemberEvent } from '../../shared/contract/admin/members.ts';
import { foldEmail } from '../../shared/core/email.ts';
import { isId } from '../guards/lookup.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { requireMigration } from './require-migration.ts';

const defaultLimit = 100;

const rowSchema = z.object({
  id: z.string(),
  key: z.string(),
  name: z.string(),
  properties: memberEventSchema.shape.properties,
  state: z.enum(['recorded', 'held', 'void']),
  recorded_at: z.date(),
  delivery_state: z.enum(['held', 'pending', 'delivered', 'dead', 'void']).nullable(),
});

/** `GET /admin/migration/{id}/events`: members' events, oldest first, void ones among them (A12, A14). */
export function registerEvents(routes: RouteRegistrar, { store, isDeliveryConfigured }: AdminRouteDeps): void {
  routes.read(listEvents, async (call) => {
    const { query } = call;
    const folded = query.email === undefined ? null : foldEmail(query.email);
    const limit = Number(query.limit ?? defaultLimit);
    if ((folded !== null && !folded.ok) || (query.after !== undefined && !isId(query.after))) return { body: { items: [], next_cursor: null } };
    const { rows } = await store.inReadTx(async (tx) =>
      sql<Record<string, unknown>>`
        select e.id, e.key, e.name, e.properties, e.state, e.recorded_at, o.state as delivery_state
        from events e left join outbox o on o.event_id = e.id
        where e.migration_id = ${requireMigration(call).id}
          and (${folded?.email ?? null}::text is null or e.key = ${folded?.email ?? null})
          and (${query.after ?? null}::uuid is null
            or (e.recorded_at, e.id) > (select recorded_at, id from events where id = ${query.after ?? null}::uuid))
        order by e.recorded_at, e.id
        limit ${limit + 1}`.execute(tx),
    );
    const found = rows.map((row) => rowSchema.parse(row));
    const items = found.slice(0, limit).map((row) => eventOf(row, isDeliveryConfigured));
    return { body: { items, next_cursor: found.length > limit ? (items.at(-1)?.event_id ?? null) : null } };
  });
}

function eventOf(row: z.infer<typeof rowSchema>, isDeliveryConfigured: boolean): MemberEvent {
  return {
    event_id: row.id,
    email: row.key,
    name: row.name,
    properties: row.properties,
    void: row.state === 'void',
    recorded_at: row.recorded_at.toISOString(),
    delivery: deliveryOf(row, isDeliveryConfigured),
  };
}

function deliveryOf(row: z.infer<typeof rowSchema>, isDeliveryConfigured: boolean): MemberEvent['delivery'] {
  if (row.state === 'void') return 'void';
  if (row.delivery_state === null || (row.delivery_state === 'pending' && !isDeliveryConfigured)) return 'not_configured';
  return row.delivery_state;
}
