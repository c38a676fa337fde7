import { setTimeout as wait } from 'node:timers/promises';
import type { Store } from '../store/store.ts';
import { claimDue } from './claim.ts';
import { createDeliveryCounts, type DeliveryCounts } from './delivery-counts.ts';
import type { DeliveryReason } from './delivery-reasons.ts';
import { openDestination } from './destination-row.ts';
import type { EventDestination } from './event-destination.ts';
import { type Attempted, settle } from './settle.ts';

const POLL_MS = 500;
/** Events of one claim, sent side by side; and so many claims at a time. Together enough for the limit at 500 ms an answer. */
const CLAIM_SIZE = 50;
const CLAIMS_AT_ONCE = 4;

/** What a server process does on its own to bring recorded events to a destination (A13). */
export type Delivery = {
  /** Begins to deliver; what an earlier start found refused is tried again. */
  readonly start: () => Promise<void>;
  /** Claims nothing more, lets the requests in flight end, and writes down what came of them. */
  readonly stop: () => Promise<void>;
  /** What this process did since its start. */
  readonly counts: DeliveryCounts;
};

export type DeliveryDeps = {
  readonly store: Store;
  readonly destination: EventDestination;
  readonly newId: () => string;
  /** In [0, 1); spreads retries. */
  readonly random: () => number;
  /** Delivery itself could not go on, for example because the database does not answer. It tries again. */
  readonly logFailure: (error: unknown) => void;
  /** The destination refuses us, or takes us again (null). Said once at each change. */
  readonly onRefused: (reason: DeliveryReason | null) => void;
};

/**
 * Makes the worker that empties the outbox (rule: effects outside the database go through it). Claim, send, mark: a
 * process that dies after any of these loses nothing, because a claim lapses, and doubles nothing, because every attempt
 * carries the event's own unique id. Any number of processes may do this at once.
 */
export function createDelivery({ store, destination, newId, random, logFailure, onRefused }: DeliveryDeps): Delivery {
  const stopping = new AbortController();
  const counts = createDeliveryCounts();
  const atWork = new Set<Promise<void>>();
  let working: Promise<void> | undefined;
  let refused: DeliveryReason | null = null;

  /** Sends what was claimed. Nothing that goes wrong here is lost: the claim lapses. */
  async function deliver(claimId: string, events: Awaited<ReturnType<typeof claimDue>>['events']): Promise<void> {
    const attempted = await Promise.all(events.map(async (event): Promise<Attempted> => ({ event, outcome: await destination.send(event) })));
    for (const { outcome } of attempted) counts.add(outcome);
    noteRefusal(attempted);
    await settle(store, destination.name, claimId, attempted, random);
  }

  function noteRefusal(attempted: readonly Attempted[]): void {
    const outcomes = attempted.map((one) => one.outcome);
    const found = outcomes.find((outcome) => outcome.kind === 'refused');
    const now = found?.reason ?? (outcomes.some((outcome) => outcome.kind === 'accepted') ? null : refused);
    if (now !== refused) onRefused(now);
    refused = now;
  }

  /** One claim; gives how long to wait before the next. */
  async function claimOnce(): Promise<number> {
    const claimId = newId();
    const { events, waitMs } = await claimDue(store, destination, claimId, CLAIM_SIZE);
    if (events.length === 0) return Math.min(waitMs ?? POLL_MS, POLL_MS);
    const work: Promise<void> = deliver(claimId, events)
      .catch((error: unknown) => logFailure(error))
      .finally(() => void atWork.delete(work));
    atWork.add(work);
    return 0;
  }

  async function keepDelivering(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (atWork.size >= CLAIMS_AT_ONCE) await Promise.race(atWork);
      const waitMs = await claimOnce().catch((error: unknown) => {
        if (!stopping.signal.aborted) logFailure(error);
        return POLL_MS;
      });
      if (waitMs > 0) await wait(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await Promise.all(atWork);
  }

  return {
    counts,
    async start() {
      await openDestination(store, destination.name);
      working = keepDelivering();
    },
    async stop() {
      stopping.abort();
      await working;
      destination.close();
    },
  };
}
