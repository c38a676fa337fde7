import { sql } from 'kysely';
import { z } from 'zod';
import type { ReadTx, Store } from '../store/store.ts';

/**
 * Makes the destination known to the database. A refusal that an earlier start ran into is forgotten: whoever starts the
 * server has perhaps put it right. Being throttled is not.
 */
export async function openDestination(store: Store, name: string): Promise<void> {
  await store.inAdminTx(async (tx) => {
    await sql`insert into event_destinations (name) values (${name})
      on conflict (name) do update set held_until = null, held_because = null where event_destinations.held_because <> 'throttled'`.execute(tx);
  });
}

const holdSchema = z.object({ held_because: z.string(), held_until: z.date() });

/** Why and until when nothing is sent to a destination; null while it is. */
export async function readHold(tx: ReadTx, name: string): Promise<{ readonly because: string; readonly until: Date } | null> {
  const { rows } = await sql<Record<string, unknown>>`
    select held_because, held_until from event_destinations
    where name = ${name} and held_until is not null and (held_until > now() or held_because <> 'throttled')`.execute(tx);
  const row = rows[0];
  if (row === undefined) return null;
  const { held_because: because, held_until: until } = holdSchema.parse(row);
  return { because, until };
}
