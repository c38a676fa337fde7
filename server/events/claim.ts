import { sql } from 'kysely';
import { z } from 'zod';
import type { AdminTx, Store } from '../store/store.ts';
import type { EventDestination, OutgoingEvent, SendLimit } from './event-destination.ts';

/** Longer than an attempt can last. A process that dies keeps its events from the others for so long, by the database's clock. */
const CLAIM_SECONDS = 60;
/** So long the others wait for the one that asks: a little longer than an attempt can last. */
const PROBE_SECONDS = 20;

/** An event that is this claim's to send. */
export type ClaimedEvent = OutgoingEvent & { readonly outboxId: string; readonly attempts: number };

export type Claim = {
  readonly events: readonly ClaimedEvent[];
  /** Where nothing could be claimed although something is due: how long that will last at most. */
  readonly waitMs: number | null;
};

const nothing: Claim = { events: [], waitMs: null };

const claimedSchema = z.object({ outbox_id: z.string(), unique_id: z.string(), payload: z.unknown(), name: z.string(), attempts: z.coerce.number() });
const holdSchema = z.object({ is_held: z.boolean(), is_probe: z.boolean(), held_ms: z.coerce.number().nullable() });

/**
 * Takes up to `max` due events for `claimId`, within the destination's limits for all processes together. The
 * destination's row is the lock under which that budget is given out, so two processes never spend the same part of it;
 * which rows they get is settled by `skip locked`. A send is paid for when it is claimed: what a killed process was
 * granted is lost, and the limit kept.
 */
export async function claimDue(store: Store, destination: Pick<EventDestination, 'name' | 'limits'>, claimId: string, max: number): Promise<Claim> {
  if (!(await store.inReadTx(async (tx) => isAnythingDue(tx, destination.name)))) return nothing;
  return store.inAdminTx(async (tx) => {
    const hold = await lockDestination(tx, destination.name);
    if (hold.is_held) return { events: [], waitMs: hold.held_ms };
    const { allowed, waitMs } = await readBudget(tx, destination);
    const count = Math.min(allowed, hold.is_probe ? 1 : max);
    if (count === 0) return { events: [], waitMs };
    const events = await takeRows(tx, destination.name, claimId, count);
    if (events.length === 0) return nothing;
    // After a refusal one event asks whether it still holds; the others wait for what it hears.
    if (hold.is_probe) await sql`update event_destinations set held_until = clock_timestamp() + make_interval(secs => ${PROBE_SECONDS}::float8) where name = ${destination.name}`.execute(tx);
    await sql`insert into event_grants (destination, granted_at, granted) values (${destination.name}, clock_timestamp(), ${events.length})`.execute(tx);
    return { events, waitMs: null };
  });
}

async function isAnythingDue(tx: Parameters<Parameters<Store['inReadTx']>[0]>[0], destination: string): Promise<boolean> {
  const { rows } = await sql`select from outbox where state = 'pending' and next_attempt_at <= now() and destination = ${destination} limit 1`.execute(tx);
  return rows.length > 0;
}

/** Holds the destination's row until the claim commits. Times after this are `clock_timestamp()`: the wait may have been long. */
async function lockDestination(tx: AdminTx, name: string): Promise<z.infer<typeof holdSchema>> {
  await sql`select name from event_destinations where name = ${name} for update`.execute(tx);
  const { rows } = await sql<Record<string, unknown>>`
    select coalesce(held_until > clock_timestamp(), false) as is_held, coalesce(held_because <> 'throttled', false) as is_probe,
      extract(epoch from held_until - clock_timestamp()) * 1000 as held_ms
    from event_destinations where name = ${name}`.execute(tx);
  return holdSchema.parse(rows[0]);
}

const budgetSchema = z.object({ left: z.coerce.number(), wait_ms: z.coerce.number() });

/** What all limits together still allow, and otherwise how long until the first grant falls out of the tightest. */
async function readBudget(tx: AdminTx, destination: Pick<EventDestination, 'name' | 'limits'>): Promise<{ readonly allowed: number; readonly waitMs: number }> {
  const longest = Math.max(...destination.limits.map((limit) => limit.seconds));
  await sql`delete from event_grants where destination = ${destination.name} and granted_at < clock_timestamp() - make_interval(secs => ${longest}::float8)`.execute(tx);
  let allowed = Number.POSITIVE_INFINITY;
  let waitMs = 0;
  for (const limit of destination.limits) {
    const { left, wait_ms: wait } = await readLimit(tx, destination.name, limit);
    allowed = Math.min(allowed, left);
    if (left === 0) waitMs = Math.max(waitMs, wait);
  }
  return { allowed, waitMs };
}

async function readLimit(tx: AdminTx, destination: string, limit: SendLimit): Promise<z.infer<typeof budgetSchema>> {
  const { rows } = await sql<Record<string, unknown>>`
    select greatest(0, ${limit.count}::bigint - coalesce(sum(granted), 0)) as left,
      coalesce(greatest(1, extract(epoch from min(granted_at) + make_interval(secs => ${limit.seconds}::float8) - clock_timestamp()) * 1000), 1) as wait_ms
    from event_grants where destination = ${destination} and granted_at > clock_timestamp() - make_interval(secs => ${limit.seconds}::float8)`.execute(tx);
  return budgetSchema.parse(rows[0]);
}

/** Counts the attempt with the claim, so that one which ends its process counts too. */
async function takeRows(tx: AdminTx, destination: string, claimId: string, count: number): Promise<readonly ClaimedEvent[]> {
  const { rows } = await sql<Record<string, unknown>>`
    update outbox o set claim_id = ${claimId}, attempts = o.attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => ${CLAIM_SECONDS}::float8)
    from (
      select id from outbox where state = 'pending' and next_attempt_at <= clock_timestamp() and destination = ${destination}
      order by next_attempt_at limit ${count} for update skip locked
    ) due, events e
    where o.id = due.id and e.id = o.event_id and e.state = 'recorded'
    returning o.id as outbox_id, o.unique_id, o.payload, e.name, o.attempts`.execute(tx);
  return rows.map((row) => {
    const { outbox_id: outboxId, unique_id: uniqueId, payload, name, attempts } = claimedSchema.parse(row);
    return { outboxId, uniqueId, name, properties: payload, attempts };
  });
}
