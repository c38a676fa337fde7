import { execFileSync } from 'node:child_process';
import { sql } from 'kysely';
import { keepCohort } from '../server/engine/cohort-store.ts';
import { makePlan } from '../server/engine/make-plan.ts';
import { factsQuery, gatherFormFor, joinedMatch } from '../server/playbooks/account-prep/facts-in-sql.ts';
import { prepareGathering } from '../server/playbooks/account-prep/plan-in-sql.ts';
import { startPostgres, type TestPostgres } from '../tests/support/postgres.ts';
import { openTestStore } from '../tests/support/test-store.ts';
import { onClone } from './clone.ts';
import { copyIn, matchAlone, planned } from './plan-bare.ts';
import { BENCH_MIGRATION, prepareCustomers, recordsIn, writeCohort, type CohortFiles } from './plan-world.ts';
import type { BenchTable } from './table.ts';

/** The same for both; both also get the memory that planning takes for itself. */
const settings = ['shared_buffers=1GB', 'max_wal_size=16GB', 'checkpoint_timeout=30min', 'work_mem=256MB'];
const median = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * `plan`: a cohort kept, planned and filed with its hash, against psql: COPY in, indexed joins, result of like content written to
 * a table. Arguments: sizes of cohort and customers alike, each optionally `ROWSxRUNS`.
 */
export async function benchPlan(args: readonly string[]): Promise<BenchTable> {
  const sizes = (args.length === 0 ? ['1000x5', '10000x5', '100000x5', '1000000x5'] : args).map((text) => text.split('x').map(Number));
  const postgres = await startPostgres({ durable: true, settings });
  try {
    const rows: string[][] = [];
    for (const [rowCount = 1000, runs = 5] of sizes) rows.push(await measure(postgres, rowCount, runs));
    return {
      name: 'plan',
      about: 'a cohort as large as the customers, PostgreSQL, fsync on, medians; psql copies in, joins and writes a table of like content; ours keeps the cohort, plans, files and hashes',
      columns: ['rows', 'runs', 'psql s', 'of that COPY s', 'ours s', 'of that the cohort s', 'ratio (bar 1.5)', 'rows/s', 'psql match s', 'our match s', 'ratio (bar 1.1)'],
      rows,
    };
  } finally {
    await postgres.stop();
  }
}

async function measure(postgres: TestPostgres, rowCount: number, runs: number): Promise<string[]> {
  const prepared = await postgres.createDatabase();
  await prepareCustomers(prepared, rowCount);
  const files = writeCohort(rowCount);
  const found: { bare: number; copy: number; bareMatch: number; cohort: number; ours: number; match: number }[] = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      const bare = await onClone(postgres, prepared, async (url) => Promise.resolve(withPsql(url, files)));
      const ours = await onClone(postgres, prepared, async (url) => withDrydock(url, files, rowCount));
      found.push({ ...bare, ...ours });
    }
  } finally {
    files.remove();
  }
  const of = (name: keyof (typeof found)[number]): number => median(found.map((one) => one[name]));
  const seconds = (name: keyof (typeof found)[number]): string => (of(name) / 1000).toFixed(2);
  const ratio = (one: keyof (typeof found)[number], other: keyof (typeof found)[number]): string => (of(one) / of(other)).toFixed(2);
  return [rowCount.toLocaleString('en'), String(runs), seconds('bare'), seconds('copy'), seconds('ours'), seconds('cohort'), ratio('ours', 'bare'), Math.round((rowCount / of('ours')) * 1000).toLocaleString('en'), seconds('bareMatch'), seconds('match'), ratio('match', 'bareMatch')];
}

function withPsql(url: string, files: CohortFiles): { bare: number; copy: number; bareMatch: number } {
  const timed = (script: string): number => {
    const startedAt = performance.now();
    execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', url], { input: script, stdio: ['pipe', 'ignore', 'inherit'] });
    return performance.now() - startedAt;
  };
  const copy = timed(copyIn(files.copy));
  const bareMatch = timed(matchAlone);
  return { copy, bareMatch, bare: copy + timed(planned) };
}

async function withDrydock(url: string, files: CohortFiles, rowCount: number): Promise<{ ours: number; cohort: number; match: number }> {
  const { store } = await openTestStore({ kind: 'postgres', url });
  try {
    const { sha256 } = files;
    const startedAt = performance.now();
    await store.inPlannerTx(async (tx) => keepCohort(tx, { sha256, recordCount: rowCount, records: recordsIn(files.ndjson) }, { migrationId: BENCH_MIGRATION, sub: 'bench' }));
    const cohort = performance.now() - startedAt;
    await store.inPlannerTx(async (tx) =>
      makePlan(tx, { environmentId: 'bench', migrationId: BENCH_MIGRATION, cohort: sha256, recordCount: rowCount, sourceFile: 'cohort.csv', sourceSha256: sha256, only: undefined, decisions: new Map() }),
    );
    const ours = performance.now() - startedAt;
    const matchedAt = performance.now();
    await store.inPlannerTx(async (tx) => {
      const form = await gatherFormFor(tx, rowCount);
      await prepareGathering(tx, form);
      const order = { migration: BENCH_MIGRATION, cohort: sha256, decisions: new Map() };
      // Looking up, one question finds whom a record means and how they are; joining, the match comes first, as psql's does.
      await sql`create temporary table bench_match on commit drop as ${form === 'join' ? joinedMatch(order) : factsQuery(order, form)}`.execute(tx);
    });
    return { ours, cohort, match: performance.now() - matchedAt };
  } finally {
    await store.close();
  }
}
