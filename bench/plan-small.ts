import pg from 'pg';
import { keepCohort } from '../server/engine/cohort-store.ts';
import { makePlan } from '../server/engine/make-plan.ts';
import { nameKey } from '../shared/core/person-name.ts';
import { startPostgres, type TestPostgres } from '../tests/support/postgres.ts';
import { openTestStore } from '../tests/support/test-store.ts';
import { onClone } from './clone.ts';
import { oneRow } from './plan-bare.ts';
import { BENCH_MIGRATION, prepareCustomers, recordsIn, writeCohort, type CohortFiles } from './plan-world.ts';
import { recordOf } from '../tests/support/prepared-plan.ts';
import { median } from './measure.ts';
import type { BenchTable } from './table.ts';

const settings = ['shared_buffers=2GB', 'max_wal_size=16GB', 'checkpoint_timeout=30min'];
const COHORTS = [60, 10_000];
const RUNS = 5;
const WARM_RUNS = 10;

/**
 * `plan-small`: 60 and 10,000 records against many customers, planned, filed and hashed, against a prepared query a record that finds
 * and says the same and files nothing. Arguments: numbers of customers (1,000,000 and 10,000,000 when left out).
 */
export async function benchPlanSmall(args: readonly string[]): Promise<BenchTable> {
  const userCounts = (args.length === 0 ? ['1000000', '10000000'] : args).map(Number);
  const postgres = await startPostgres({ durable: true, settings });
  const ours = new Map<number, number>();
  const rows: string[][] = [];
  try {
    for (const userCount of userCounts) {
      const prepared = await postgres.createDatabase();
      await prepareCustomers(prepared, userCount);
      for (const recordCount of COHORTS) {
        const found = await measure(postgres, prepared, recordCount, userCount);
        const first = ours.get(recordCount) ?? found.ours;
        ours.set(recordCount, first);
        const bar = recordCount === 60 ? '0.5' : '0.15';
        rows.push([recordCount.toLocaleString('en'), userCount.toLocaleString('en'), found.single.toFixed(1), found.ours.toFixed(1), (found.ours / found.single).toFixed(2), bar, (found.ours / first).toFixed(2)]);
      }
    }
  } finally {
    await postgres.stop();
  }
  return {
    name: 'plan-small',
    about: `small cohorts on PostgreSQL, fsync on, medians of ${String(RUNS)} runs, a fresh copy of the database for each`,
    columns: ['records', 'customers', 'a query a record, ms', 'ours, ms', 'ratio', 'bar', 'of the first number of customers (bar 1.3)'],
    rows,
  };
}

async function measure(postgres: TestPostgres, prepared: string, recordCount: number, userCount: number): Promise<{ single: number; ours: number }> {
  const step = Math.max(1, Math.floor(userCount / recordCount));
  const files = writeCohort(recordCount, step);
  const found: { single: number; ours: number }[] = [];
  try {
    for (let run = 0; run < RUNS; run += 1) {
      found.push(await onClone(postgres, prepared, async (url) => ({ single: await rowByRow(url, recordCount, step), ours: await withDrydock(url, files, recordCount) })));
    }
  } finally {
    files.remove();
  }
  return { single: median(found.map(({ single }) => single)), ours: median(found.map(({ ours }) => ours)) };
}

async function rowByRow(url: string, recordCount: number, step: number): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const each = async (): Promise<void> => {
    for (let index = 0; index < recordCount; index += 1) {
      const record = recordOf(index * step);
      await client.query({ name: 'one', text: oneRow, values: [record.email, nameKey(record.full_name), record.stripe_customer_id, index + 1] });
    }
  };
  try {
    // Both find what they read in memory.
    await each();
    const startedAt = performance.now();
    await each();
    return performance.now() - startedAt;
  } finally {
    await client.end();
  }
}

async function withDrydock(url: string, files: CohortFiles, recordCount: number): Promise<number> {
  const { store } = await openTestStore({ kind: 'postgres', url });
  try {
    const { sha256 } = files;
    await store.inPlannerTx(async (tx) => keepCohort(tx, { sha256, recordCount, records: recordsIn(files.ndjson) }, { migrationId: BENCH_MIGRATION, sub: 'bench' }));
    const plan = async (sourceFile: string): Promise<unknown> =>
      store.inPlannerTx(async (tx) =>
        makePlan(tx, { environmentId: 'bench', migrationId: BENCH_MIGRATION, cohort: sha256, recordCount, sourceFile, sourceSha256: sha256, only: undefined, decisions: new Map() }),
      );
    // A server at work: its statements are prepared and its code compiled, as those of the query a record are, which has run once a record.
    for (let warm = 0; warm < WARM_RUNS; warm += 1) await plan(`warm-${String(warm)}.csv`);
    const startedAt = performance.now();
    await plan('cohort.csv');
    return performance.now() - startedAt;
  } finally {
    await store.close();
  }
}
