import { sql } from 'kysely';
import { z } from 'zod';
import type { DeadLetter, DeliveryStanding } from '../../shared/contract/admin/dead-letters.ts';
import type { AdminTx, ReadTx } from '../store/store.ts';
import { deliverySentence } from './delivery-reasons.ts';
import { readHold } from './destination-row.ts';

const rowSchema = z.object({
  event_id: z.string(),
  key: z.string(),
  name: z.string(),
  destination: z.string(),
  unique_id: z.string(),
  attempts: z.coerce.number(),
  last_error: z.string().nullable(),
  recorded_at: z.date(),
  failed_at: z.date().nullable(),
});

/** Up to `limit` dead letters of a migration behind `after` (an event id), oldest event first. */
export async function readDeadLetters(tx: ReadTx, migrationId: string, { after, limit }: { readonly after: string | null; readonly limit: number }): Promise<readonly DeadLetter[]> {
  const { rows } = await sql<Record<string, unknown>>`
    select e.id as event_id, e.key, e.name, e.recorded_at, o.destination, o.unique_id, o.attempts, o.last_error, o.failed_at
    from outbox o join events e on e.id = o.event_id
    where o.state = 'dead' and e.migration_id = ${migrationId}
      and (${after}::uuid is null or (e.recorded_at, e.id) > (select recorded_at, id from events where id = ${after}::uuid))
    order by e.recorded_at, e.id limit ${limit}`.execute(tx);
  return rows.map((row) => deadLetterOf(rowSchema.parse(row)));
}

function deadLetterOf({ key, last_error: code, recorded_at: recordedAt, failed_at: failedAt, ...row }: z.infer<typeof rowSchema>): DeadLetter {
  return { ...row, email: key, reason: reasonOf(code ?? 'unknown'), recorded_at: recordedAt.toISOString(), failed_at: failedAt?.toISOString() ?? null };
}

function reasonOf(code: string): { readonly code: string; readonly detail: string } {
  return { code, detail: deliverySentence(code) };
}

/**
 * Lets dead letters be sent again, as if never tried: all of a migration, or those events. Doing it again finds none of
 * them dead and changes nothing; their unique ids stay, so one that had arrived after all is not doubled. Locks them by id, as
 * `settle` does: a sender whose claim has lapsed may be writing down that some of them arrived after all.
 * @returns the events that are on their way again.
 */
export async function replay(tx: AdminTx, migrationId: string, which: readonly string[] | 'all'): Promise<readonly string[]> {
  const ids = which === 'all' ? null : which;
  const { rows } = await sql<{ event_id: string }>`
    with dead as materialized (
      select o.id from outbox o join events e on e.id = o.event_id
      where o.state = 'dead' and e.migration_id = ${migrationId} and (${ids}::uuid[] is null or o.event_id = any (${ids}::uuid[]))
      order by o.id for update of o
    )
    update outbox o set state = 'pending', attempts = 0, next_attempt_at = now(), claim_id = null
    from dead d where o.id = d.id
    returning o.event_id`.execute(tx);
  return rows.map((row) => row.event_id);
}

/** How delivery stands as a whole, for whoever wonders why nothing arrives. */
export async function readStanding(tx: ReadTx, destination: string, isConfigured: boolean): Promise<DeliveryStanding> {
  if (!isConfigured) return { state: 'not_configured' };
  const hold = await readHold(tx, destination);
  return hold === null ? { state: 'working' } : { state: 'held', reason: reasonOf(hold.because), until: hold.until.toISOString() };
}
