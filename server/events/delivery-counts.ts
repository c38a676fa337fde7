import type { ReadMetric } from '../metrics/server-metrics.ts';
import type { DeliveryOutcome } from './event-destination.ts';

type OutcomeKind = DeliveryOutcome['kind'];

/** Attempts of this process since its start, by what came of them and why. */
export type DeliveryCounts = {
  readonly add: (outcome: DeliveryOutcome) => void;
  readonly read: () => readonly { readonly kind: OutcomeKind; readonly reason: string; readonly count: number }[];
};

export function createDeliveryCounts(): DeliveryCounts {
  const counted = new Map<string, { readonly kind: OutcomeKind; readonly reason: string; count: number }>();
  return {
    add(outcome) {
      const reason = 'reason' in outcome ? outcome.reason : '';
      const key = `${outcome.kind} ${reason}`;
      const known = counted.get(key) ?? { kind: outcome.kind, reason, count: 0 };
      known.count += 1;
      counted.set(key, known);
    },
    read: () => [...counted.values()].map((one) => ({ ...one })),
  };
}

/** The counts as a metric of this process. What waits and what was given up is the same for all processes and read from the database. */
export function deliveryMetric(counts: DeliveryCounts): ReadMetric {
  return {
    name: 'drydock_event_attempts',
    help: 'Attempts of this process to deliver an event, by what came of them',
    labels: ['outcome', 'reason'],
    read: async () => counts.read().map(({ kind, reason, count }) => ({ labels: { outcome: kind, reason }, value: count })),
  };
}
