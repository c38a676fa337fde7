import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { factsSchema } from '../../shared/core/facts.ts';
import { addOutcomes, noCounts, rowsDone, type RunCounts } from '../../shared/core/run-counts.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { customerStateSchema, fieldFactsOf } from '../../shared/playbooks/account-prep/customer-state.ts';
import { readBack } from '../../shared/playbooks/account-prep/read-back.ts';
import { MIGRATION_COMPLETE } from '../auth/migration-complete.ts';
import { customers } from '../directory/customer-relations.ts';
import { customerState } from '../playbooks/account-prep/customer-state-sql.ts';
import type { PlannerTx } from '../store/transactions.ts';
import { insertItems } from './run-items.ts';
import { insertRun, type StoredRun } from './run-store.ts';
import type { Settled } from './settled.ts';

const PAGE_ROWS = 2000;
const SHOWN_DIFFERENCES = 100;

export type Sample = { readonly size: number; readonly seed: string };
export type Verification = { readonly runId: string; readonly counts: RunCounts; readonly rowsWritten: number; readonly differences: readonly RunItem[] };

const writtenSchema = z.object({
  cohort: z.string(),
  key: z.string(),
  row_no: z.coerce.number(),
  user_id: z.string().nullable(),
  after: factsSchema.nullable(),
  now: customerStateSchema.nullable(),
  has_completed: z.boolean(),
  is_put_back: z.boolean(),
});
type Written = z.infer<typeof writtenSchema>;

/**
 * Reads back what the items of a run say it wrote, compares, and files that as a run of its own, an item a row (CONTRACT
 * 2). Reads customers and writes none. A sample is the rows whose keys, hashed with the seed, come first: the same
 * people wherever and whenever it is drawn. Pages come out of one cursor, so a million rows need no more memory than few.
 */
export async function verifyRunItems(tx: PlannerTx, run: StoredRun, sample: Sample | undefined, sub: string): Promise<Verification> {
  const runId = randomUUID();
  const differences: RunItem[] = [];
  let counts = noCounts;
  let nextSeq = 1;
  await sql`set local cursor_tuple_fraction = 1`.execute(tx);
  await sql`declare written_rows scroll cursor for ${writtenRows(run, sample)}`.execute(tx);
  // A run is filed with its counts, and its items refer to it; the second pass sees the same moment as the first.
  for await (const settled of pages(tx)) counts = addOutcomes(counts, settled.map(({ outcome }) => outcome));
  const compared = rowsDone(counts);
  await insertRun(tx, {
    id: runId,
    migrationId: run.migrationId,
    kind: 'verification',
    state: 'completed',
    planHash: run.planHash,
    cohort: run.cohort,
    requestedBy: sub,
    rowsTotal: compared,
    counts,
    nextSeq: compared + 1,
    message: `Read back ${String(compared)} of the ${String(run.counts.applied)} rows that run ${run.id} wrote: ${String(counts.drifted)} differ.${sample === undefined ? '' : ` The sample was drawn with the seed ${sample.seed}.`}`,
  });
  await sql`move absolute 0 in written_rows`.execute(tx);
  for await (const settled of pages(tx)) {
    const items = await insertItems(tx, { id: runId, cohort: run.cohort, nextSeq }, settled);
    nextSeq += items.length;
    for (const item of items) if (item.outcome === 'drifted' && differences.length < SHOWN_DIFFERENCES) differences.push(item);
  }
  await sql`close written_rows`.execute(tx);
  return { runId, counts, rowsWritten: run.counts.applied, differences };
}

async function* pages(tx: PlannerTx): AsyncGenerator<readonly Settled[]> {
  for (;;) {
    const { rows } = await sql`fetch forward ${sql.lit(PAGE_ROWS)} from written_rows`.execute(tx);
    if (rows.length === 0) return;
    yield z.array(writtenSchema).parse(rows).map(settledOf);
  }
}

/** The rows that a run wrote, with the customer of each as it is now. */
function writtenRows(run: StoredRun, sample: Sample | undefined): RawBuilder<unknown> {
  const drawn = sample === undefined ? sql`` : sql`order by sha256(convert_to(${`${sample.seed}:`}::text || i.key, 'UTF8')), i.key limit ${sample.size}`;
  return sql`
    select i.cohort, i.key, i.row_no, i.user_id, i.item -> 'after' as after,
      case when f.id is not null then ${customerState(run.migrationId)} end as now,
      exists (select from events e where e.migration_id = ${run.migrationId} and e.user_id = i.user_id and e.name = ${MIGRATION_COMPLETE} and e.state = 'recorded') as has_completed,
      exists (select from reverted_snapshots v where v.run_id = ${run.id}::uuid and v.user_id = i.user_id) as is_put_back
    from (select * from run_items i where i.run_id = ${run.id}::uuid and i.outcome = 'applied' ${drawn}) i
    left join ${customers} f on f.id = i.user_id
    order by i.seq`;
}

function settledOf({ cohort, key, row_no: row, user_id: userId, after, now, has_completed: hasCompleted, is_put_back: isPutBack }: Written): Settled {
  const found = readBack({ after: after ?? {}, now: now === null ? null : fieldFactsOf(now), hasCompleted, isPutBack });
  return { row: { row, email: key, cohort }, userId, ...found };
}
