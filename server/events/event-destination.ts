import type { DeliveryReason } from './delivery-reasons.ts';

/** An event on its way out. Address and time were frozen when it was recorded (A13). */
export type OutgoingEvent = {
  /** The same at every attempt: the destination keeps the first and drops the rest. */
  readonly uniqueId: string;
  readonly name: string;
  /** As it was frozen; the destination judges its form. */
  readonly properties: unknown;
};

/**
 * What came of one attempt. Reasons are short codes of a closed list (see `delivery-reasons.ts`): they stand in the
 * database and in answers, so they never hold what was sent or what came back.
 */
export type DeliveryOutcome =
  /** It is there. */
  | { readonly kind: 'accepted' }
  /** It will never be taken as it is: a dead letter. */
  | { readonly kind: 'rejected'; readonly reason: DeliveryReason }
  /** Nobody knows, or it may pass: to be sent again, with the same unique id. */
  | { readonly kind: 'failed'; readonly reason: DeliveryReason }
  /** Too many at once: nothing is sent for so long. */
  | { readonly kind: 'throttled'; readonly waitMs: number }
  /** It is not this event that is refused but we: nothing is sent until somebody puts it right. */
  | { readonly kind: 'refused'; readonly reason: DeliveryReason };

/** So many sends in any stretch of so many seconds, over all server processes together. */
export type SendLimit = { readonly count: number; readonly seconds: number };

/** Somewhere that events go to. To add another one: a file that makes one of these, and a line in `start-server.ts`. */
export type EventDestination = {
  /** As the outbox names it. */
  readonly name: string;
  readonly limits: readonly SendLimit[];
  /** Sends one event. Never throws, and ends by itself within a few seconds. */
  readonly send: (event: OutgoingEvent) => Promise<DeliveryOutcome>;
  /** Drops kept connections. */
  readonly close: () => void;
};
