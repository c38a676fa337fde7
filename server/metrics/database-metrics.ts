import { sql } from 'kysely';
import type { Store } from '../store/store.ts';
import type { ReadTx } from '../store/transactions.ts';
import type { Reading, ReadMetric } from './server-metrics.ts';

/** What the database can say of runs, queue and outbox. Every process tells the same; a scraper takes one of them. */
export function databaseMetrics(store: Store): readonly ReadMetric[] {
  const inRead = (read: (tx: ReadTx) => Promise<readonly Reading[]>) => async () => store.inReadTx(read);
  return [
    { name: 'drydock_runs', help: 'Runs by kind and state', labels: ['kind', 'state'], read: inRead(runsByState) },
    { name: 'drydock_run_rows', help: 'Rows of all runs by kind of run and outcome', labels: ['kind', 'outcome'], read: inRead(rowsByOutcome) },
    { name: 'drydock_outbox_events', help: 'Events that are held, wait to be delivered or were given up, by destination', labels: ['destination', 'state'], read: inRead(outboxByState) },
    { name: 'drydock_outbox_oldest_pending_seconds', help: 'Age of the oldest event that waits to be delivered', labels: ['destination'], read: inRead(oldestPending) },
    { name: 'drydock_queue_jobs', help: 'Batches of runs that wait for a process, or are at work', labels: ['state'], read: async () => queueDepth(store) },
  ];
}

async function runsByState(tx: ReadTx): Promise<readonly Reading[]> {
  const { rows } = await sql<{ kind: string; state: string; count: number }>`select kind, state, count(*)::int as count from runs group by kind, state`.execute(tx);
  return rows.map(({ kind, state, count }) => ({ labels: { kind, state }, value: count }));
}

/** From the counts that each run keeps, so that nobody counts a million items a minute. */
async function rowsByOutcome(tx: ReadTx): Promise<readonly Reading[]> {
  const { rows } = await sql<{ kind: string; outcome: string; count: number }>`
    select r.kind, c.key as outcome, sum(c.value::bigint)::float8 as count from runs r, jsonb_each_text(r.counts) as c group by r.kind, c.key`.execute(tx);
  return rows.map(({ kind, outcome, count }) => ({ labels: { kind, outcome }, value: count }));
}

/** How many events are on their way or were given up. Delivered ones are not counted: there are as many as there are customers. */
export const undeliveredByState = sql<{ destination: string; state: string; count: number }>`
  select destination, state, count(*)::int as count from outbox where state in ('held', 'pending', 'dead') group by destination, state`;

/** How long the oldest event that waits has waited, in seconds. */
export const oldestUndelivered = sql<{ destination: string; seconds: number }>`
  select destination, extract(epoch from now() - min(created_at))::float8 as seconds
  from outbox where state in ('held', 'pending', 'dead') and state = 'pending' group by destination`;

async function outboxByState(tx: ReadTx): Promise<readonly Reading[]> {
  const { rows } = await undeliveredByState.execute(tx);
  return rows.map(({ destination, state, count }) => ({ labels: { destination, state }, value: count }));
}

async function oldestPending(tx: ReadTx): Promise<readonly Reading[]> {
  const { rows } = await oldestUndelivered.execute(tx);
  return rows.map(({ destination, seconds }) => ({ labels: { destination }, value: seconds }));
}

async function queueDepth(store: Store): Promise<readonly Reading[]> {
  const { rows } = await store.queueDatabase.executeSql(`select state::text as state, count(*)::int as count from pgboss.job where state in ('created', 'retry', 'active') group by state`);
  return ['created', 'retry', 'active'].map((state) => ({ labels: { state }, value: Number(rows.find((row) => row['state'] === state)?.['count'] ?? 0) }));
}
