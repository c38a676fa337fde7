import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SignInAlert, SignInOutcome } from '../auth/sign-in-watch.ts';
import type { ConnectionCounts } from '../store/engine.ts';

/** A request as it is counted: by the route's path with its places, never by the address that was asked for. */
export type ObservedRequest = { readonly method: string; readonly route: string; readonly status: number; readonly seconds: number };

/** Values of one metric as the database holds them at the moment of asking. */
export type Reading = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** A metric that is read when somebody asks for the metrics. One that cannot be read is left out, and the rest are told. */
export type ReadMetric = { readonly name: string; readonly help: string; readonly labels: readonly string[]; readonly read: () => Promise<readonly Reading[]> };

/** What a server process counts of itself. Each process has its own; a scraper adds them up. */
export type ServerMetrics = {
  readonly requestAnswered: (request: ObservedRequest) => void;
  /** By outcome alone: no identity, address or account is part of it (A19). */
  readonly signInEnded: (outcome: SignInOutcome) => void;
  readonly signInAlert: (alert: SignInAlert) => void;
  /** Adds a metric that is read when it is asked for. */
  readonly add: (metric: ReadMetric) => void;
  /** Everything, in the text form that Prometheus reads. */
  readonly text: () => Promise<string>;
};

/** Makes the metrics of one server process, in a registry of their own. */
export function createServerMetrics(connections: () => ConnectionCounts, onUnread: (name: string, error: unknown) => void): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'drydock_http_request_seconds',
    help: 'Time from a request to its answer, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const signIns = new Counter({ name: 'drydock_sign_ins_total', help: 'Sign-in attempts by how they ended', labelNames: ['outcome'] as const, registers });
  const alerts = new Counter({ name: 'drydock_sign_in_alerts_total', help: 'What somebody should look at: addresses blocked, temporary passwords suspended', labelNames: ['kind'] as const, registers });
  new Gauge({
    name: 'drydock_database_connections',
    help: 'Connections of this process to the database, and requests that wait for one',
    labelNames: ['state'] as const,
    registers,
    collect() {
      const { total, idle, waiting } = connections();
      this.set({ state: 'busy' }, total - idle);
      this.set({ state: 'idle' }, idle);
      this.set({ state: 'waiting' }, waiting);
    },
  });
  return {
    requestAnswered: ({ method, route, status, seconds }) => requests.observe({ method, route, status: String(status) }, seconds),
    signInEnded: (outcome) => signIns.inc({ outcome }),
    signInAlert: ({ kind }) => alerts.inc({ kind }),
    add({ name, help, labels, read }) {
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers,
        async collect() {
          this.reset();
          try {
            for (const reading of await read()) this.set(reading.labels, reading.value);
          } catch (error) {
            onUnread(name, error);
          }
        },
      });
    },
    text: async () => registry.metrics(),
  };
}
