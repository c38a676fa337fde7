import { sql } from 'kysely';
import { assertNever } from '../../shared/core/assert-never.ts';
import type { AdminTx, Store } from '../store/store.ts';
import type { ClaimedEvent } from './claim.ts';
import type { DeliveryReason } from './delivery-reasons.ts';
import type { DeliveryOutcome } from './event-destination.ts';
import { ATTEMPTS_MAX, retryWaitMs } from './retry-wait.ts';

/** So long nothing is sent after the destination refused us; then one event asks again. */
const REFUSED_HOLD_MS = 300_000;

export type Attempted = { readonly event: ClaimedEvent; readonly outcome: DeliveryOutcome };

type Settled = {
  readonly id: string;
  readonly state: 'delivered' | 'dead' | 'pending';
  readonly waitMs: number;
  readonly reason: DeliveryReason | null;
  /** False where the attempt says nothing about the event: it does not count against it. */
  readonly counts: boolean;
};

/**
 * Writes down what came of a claim's attempts, all at once. That an event was accepted is true whoever learns it, even
 * after the claim has lapsed; anything else is written only while the claim is still this one's, so that a process that
 * was asleep does not undo what another one found out.
 */
export async function settle(store: Store, destination: string, claimId: string, attempted: readonly Attempted[], random: () => number): Promise<void> {
  const rows = attempted.map((one) => settled(one, random));
  await store.inAdminTx(async (tx) => {
    await holdOrGoOn(tx, destination, attempted);
    // In one order whoever settles: two senders have the same events when a claim lapses under the one.
    await sql`select from outbox where id = any (${rows.map((row) => row.id)}::uuid[]) order by id for update`.execute(tx);
    await sql`
      update outbox o set
        state = r.state, claim_id = null, last_error = r.reason,
        attempts = o.attempts - case when r.counts then 0 else 1 end,
        next_attempt_at = clock_timestamp() + make_interval(secs => r.wait_ms / 1000.0),
        delivered_at = case when r.state = 'delivered' then clock_timestamp() end,
        failed_at = case when r.state = 'delivered' then o.failed_at else clock_timestamp() end
      from unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.state)}::text[], ${rows.map((row) => row.waitMs)}::float8[],
        ${rows.map((row) => row.reason)}::text[], ${rows.map((row) => row.counts)}::boolean[]) as r (id, state, wait_ms, reason, counts)
      where o.id = r.id and ((o.state = 'pending' and o.claim_id = ${claimId}) or (r.state = 'delivered' and o.state in ('pending', 'dead')))`.execute(tx);
  });
}

function settled({ event, outcome }: Attempted, random: () => number): Settled {
  const id = event.outboxId;
  switch (outcome.kind) {
    case 'accepted':
      return { id, state: 'delivered', waitMs: 0, reason: null, counts: true };
    case 'rejected':
      return { id, state: 'dead', waitMs: 0, reason: outcome.reason, counts: true };
    case 'failed':
      return { id, state: event.attempts >= ATTEMPTS_MAX ? 'dead' : 'pending', waitMs: retryWaitMs(event.attempts, random()), reason: outcome.reason, counts: true };
    case 'throttled':
      return { id, state: 'pending', waitMs: outcome.waitMs, reason: 'throttled', counts: false };
    case 'refused':
      return { id, state: 'pending', waitMs: 0, reason: outcome.reason, counts: false };
    default:
      return assertNever(outcome);
  }
}

/** A hold is for every process. Being throttled ends by its time, a refusal when an event is accepted again. */
async function holdOrGoOn(tx: AdminTx, destination: string, attempted: readonly Attempted[]): Promise<void> {
  const outcomes = attempted.map((one) => one.outcome);
  const refused = outcomes.find((outcome) => outcome.kind === 'refused');
  const throttledMs = outcomes.flatMap((outcome) => (outcome.kind === 'throttled' ? [outcome.waitMs] : []));
  if (refused !== undefined) await hold(tx, destination, REFUSED_HOLD_MS, refused.reason);
  else if (throttledMs.length > 0) await hold(tx, destination, Math.max(...throttledMs), 'throttled');
  else if (outcomes.some((outcome) => outcome.kind === 'accepted')) {
    await sql`update event_destinations set held_until = null, held_because = null where name = ${destination} and (held_until < clock_timestamp() or held_because <> 'throttled')`.execute(tx);
  }
}

async function hold(tx: AdminTx, destination: string, forMs: number, because: DeliveryReason): Promise<void> {
  await sql`update event_destinations set
      held_until = greatest(held_until, clock_timestamp() + make_interval(secs => ${forMs / 1000}::float8)),
      held_because = case when ${because} = 'throttled' and held_until > clock_timestamp() then held_because else ${because} end
    where name = ${destination}`.execute(tx);
}
