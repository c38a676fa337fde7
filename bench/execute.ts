import { startAdminServer } from '../tests/support/admin-server.ts';
import { wayOf } from '../tests/support/migration-way.ts';
import { onClone } from './clone.ts';
import { startPostgres, type TestPostgres } from '../tests/support/postgres.ts';
import { bareScript, rowByRow } from './execute-bare.ts';
import { preparePlan, type PreparedPlan } from '../tests/support/prepared-plan.ts';
import { median } from './measure.ts';
import type { BenchTable } from './table.ts';

const ROW_BY_ROW_SAMPLE = 2_000;
const settings = ['shared_buffers=512MB', 'max_wal_size=8GB', 'checkpoint_timeout=30min', 'work_mem=64MB'];

/**
 * `execute`: an approved plan applied by the engine, from the call until the run has ended, against the same writes as
 * bare SQL in one script and against a transaction a row. Arguments: numbers of rows, each optionally `ROWSxRUNS`.
 */
export async function benchExecute(args: readonly string[]): Promise<BenchTable> {
  const sizes = (args.length === 0 ? ['1000x5', '10000x5', '100000x5', '1000000x1'] : args).map((text) => text.split('x').map(Number));
  const postgres = await startPostgres({ durable: true, settings });
  try {
    const rows: string[][] = [];
    for (const [rowCount = 1000, runs = 5] of sizes) rows.push(await measure(postgres, rowCount, runs));
    return {
      name: 'execute',
      about: 'apply a planned cohort on PostgreSQL, fsync on; medians; a row by row figure is taken of 2,000 rows and scaled',
      columns: ['rows', 'runs', 'bare SQL s', 'execute s', 'of that the call s', 'x of bare SQL (bar 3)', 'rows/s', 'row by row s', 'x faster (bar 10)'],
      rows,
    };
  } finally {
    await postgres.stop();
  }
}

async function measure(postgres: TestPostgres, rowCount: number, runs: number): Promise<string[]> {
  const world = await preparePlan(await postgres.createDatabase(), rowCount);
  const bare: number[] = [];
  const ours: { readonly call: number; readonly whole: number }[] = [];
  const single: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    bare.push(await onClone(postgres, world.url, bareScript));
    ours.push(await onClone(postgres, world.url, async (url) => executed({ ...world, url })));
    const sample = Math.min(rowCount - 10, ROW_BY_ROW_SAMPLE);
    single.push((await onClone(postgres, world.url, async (url) => rowByRow(url, sample)) / sample) * rowCount);
  }
  const [base, whole, call, slow] = [median(bare), median(ours.map((one) => one.whole)), median(ours.map((one) => one.call)), median(single)];
  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  return [rowCount.toLocaleString('en'), String(runs), seconds(base), seconds(whole), seconds(call), (whole / base).toFixed(2), Math.round((rowCount / whole) * 1000).toLocaleString('en'), seconds(slow), (slow / whole).toFixed(1)];
}

async function executed(world: PreparedPlan): Promise<{ call: number; whole: number }> {
  const server = await startAdminServer({ location: { kind: 'postgres', url: world.url } });
  try {
    const way = await wayOf(server, { id: world.migrationId, flag: '', tag: '', addUser: () => Promise.reject(new Error('nobody is added here')) });
    const startedAt = performance.now();
    const reply = await way.execute(world.planHash, { acknowledged: world.nameOnly, failure_threshold: 0 });
    if (reply.status !== 202) throw new Error(reply.text);
    const call = performance.now() - startedAt;
    const runId = String(reply.body['run_id']);
    for (;;) {
      const { body } = await server.call('GET', `/admin/runs/${runId}`, { token: way.reader });
      if (body['state'] === 'completed') break;
      if (body['state'] !== 'queued' && body['state'] !== 'running') throw new Error(JSON.stringify(body));
      const after = Number(body['rows_done']);
      await server.call('GET', `/admin/runs/${runId}/items?limit=1&wait=1&after=${Math.max(0, after)}`, { token: way.reader });
    }
    return { call, whole: performance.now() - startedAt };
  } finally {
    await server.close();
  }
}
