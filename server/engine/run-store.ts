import { sql } from 'kysely';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { noCounts, rowsDone, runCountsSchema, type RunCounts } from '../../shared/core/run-counts.ts';
import type { RunKind } from '../../shared/core/run-kind.ts';
import { isAtWork, isEnded, takesBatches, type RunState } from '../../shared/core/run-state.ts';
import { jsonText } from '../store/json-text.ts';
import type { AdminTx, PlannerTx, ReadTx, RunnerTx } from '../store/transactions.ts';

/** A run as it is kept, with what it needs of its plan. */
export type StoredRun = {
  readonly id: string;
  readonly migrationId: string;
  readonly kind: RunKind;
  readonly state: RunState;
  readonly planHash: string | null;
  readonly cohort: string | null;
  readonly sourceFile: string | null;
  readonly message: string | null;
  readonly requestedBy: string;
  readonly onlyKeys: readonly string[] | null;
  readonly stagePercent: number | null;
  readonly rowsPerSecond: number | null;
  readonly failureThreshold: number | null;
  /** Only the rows whose latest outcome in earlier executions of the plan is `failed`. */
  readonly retryFailed: boolean;
  /** Failures that a person had before them when they resumed the run after a halt. */
  readonly failuresSeen: number;
  readonly workedSeconds: number;
  readonly workingSince: Date | null;
  readonly rowsTotal: number;
  readonly cursor: number;
  readonly nextSeq: number;
  readonly counts: RunCounts;
  readonly precedingDryRun: string | null;
  /** For a rollback: what was previewed, by its number and its hash. */
  readonly rollbackNo: number | null;
  readonly rollbackHash: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
};

type RunRow = {
  id: string;
  migration_id: string;
  kind: RunKind;
  state: RunState;
  plan_hash: string | null;
  cohort: string | null;
  source_file: string | null;
  message: string | null;
  requested_by: string;
  only_keys: string[] | null;
  stage_percent: number | null;
  rows_per_second: number | null;
  failure_threshold: number | null;
  retry_failed: boolean;
  failures_seen: number;
  worked_seconds: number;
  working_since: Date | null;
  rows_total: number;
  cursor: number;
  next_seq: number;
  counts: unknown;
  preceding_dry_run: string | null;
  rollback_no: number | null;
  rollback_hash: string | null;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
};

const runColumns = sql`r.id, r.migration_id, r.kind, r.state, r.plan_hash, r.cohort,
  (select p.source_file from plans p where p.plan_hash = r.plan_hash) as source_file, r.message, r.requested_by, r.only_keys,
  r.stage_percent, r.rows_per_second, r.failure_threshold, r.rows_total, r.cursor, r.next_seq, r.counts, r.preceding_dry_run, r.rollback_no,
  (select b.rollback_hash from rollback_plans b where b.rollback_no = r.rollback_no) as rollback_hash,
  r.retry_failed, r.failures_seen, r.worked_seconds, r.working_since, r.created_at, r.started_at, r.ended_at`;

export async function findRun(tx: ReadTx, id: string): Promise<StoredRun | undefined> {
  const { rows } = await sql<RunRow>`select ${runColumns} from runs r where r.id = ${id}::uuid`.execute(tx);
  return rows[0] === undefined ? undefined : storedRun(rows[0]);
}

/** The run, held until the transaction ends: whoever else wants to move it waits. */
export async function lockRun(tx: RunnerTx | AdminTx, id: string): Promise<StoredRun | undefined> {
  const { rows } = await sql<RunRow>`select ${runColumns} from runs r where r.id = ${id}::uuid for update of r`.execute(tx);
  return rows[0] === undefined ? undefined : storedRun(rows[0]);
}

/** The run, held for a batch; undefined where somebody else holds it, or there is none. Nobody waits in line to do what is being done. */
export async function holdRunForBatch(tx: RunnerTx, id: string): Promise<StoredRun | undefined> {
  const { rows } = await sql<RunRow>`select ${runColumns} from runs r where r.id = ${id}::uuid for no key update of r skip locked`.execute(tx);
  return rows[0] === undefined ? undefined : storedRun(rows[0]);
}

/** Runs, newest first, behind a place in that order. */
export async function listStoredRuns(tx: ReadTx, filter: { readonly migrationId: string | undefined; readonly afterId: string | undefined; readonly limit: number }): Promise<StoredRun[]> {
  const { rows } = await sql<RunRow>`select ${runColumns} from runs r
    where (${filter.migrationId ?? null}::text is null or r.migration_id = ${filter.migrationId ?? null}::text)
      and (${filter.afterId ?? null}::uuid is null
        or (r.created_at, r.id) < (select a.created_at, a.id from runs a where a.id = ${filter.afterId ?? null}::uuid))
    order by r.created_at desc, r.id desc limit ${filter.limit}`.execute(tx);
  return rows.map(storedRun);
}

/** The run that holds a migration now, if one does. */
export async function activeRun(tx: ReadTx, migrationId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`select id from runs where migration_id = ${migrationId}
    and kind in ('test_run', 'execution', 'rollback')
    and state in ('queued', 'running', 'pausing', 'paused', 'stopping', 'halted')`.execute(tx);
  return rows[0]?.id;
}

export type NewRun = Pick<StoredRun, 'id' | 'migrationId' | 'kind' | 'state' | 'planHash' | 'cohort' | 'requestedBy' | 'rowsTotal'> &
  Partial<Pick<StoredRun, 'onlyKeys' | 'stagePercent' | 'rowsPerSecond' | 'failureThreshold' | 'retryFailed' | 'precedingDryRun' | 'rollbackNo' | 'counts' | 'nextSeq' | 'message'>>;

/** Files a new run. One that is over already, such as a dry run, begins and ends at once. */
export async function insertRun(tx: PlannerTx | AdminTx, run: NewRun): Promise<void> {
  const isOver = isEnded(run.state);
  await sql`insert into runs (id, migration_id, kind, state, plan_hash, cohort, requested_by, rows_total, only_keys, stage_percent,
      rows_per_second, failure_threshold, retry_failed, preceding_dry_run, rollback_no, counts, next_seq, message, created_at, started_at, ended_at)
    values (${run.id}::uuid, ${run.migrationId}, ${run.kind}, ${run.state}, ${run.planHash}, ${run.cohort}, ${run.requestedBy}, ${run.rowsTotal},
      case when ${run.onlyKeys === undefined || run.onlyKeys === null} then null
        else array(select jsonb_array_elements_text(${jsonText(run.onlyKeys ?? [])}::text::jsonb)) end,
      ${run.stagePercent ?? null}::float8, ${run.rowsPerSecond ?? null}::float8, ${run.failureThreshold ?? null}::float8, ${run.retryFailed ?? false},
      ${run.precedingDryRun ?? null}::uuid, ${run.rollbackNo ?? null}::bigint, ${jsonText(run.counts ?? noCounts)}::text::jsonb, ${run.nextSeq ?? 1}, ${run.message ?? null},
      clock_timestamp(), case when ${isOver} then clock_timestamp() end, case when ${isOver} then clock_timestamp() end)`.execute(tx);
}

/** The run as people and programs are shown it. A run that stands still promises no time. */
export function viewRun(run: StoredRun, now: Date): Run {
  const done = rowsDone(run.counts);
  const rate = rateOf(run, done, now);
  const isGoingOn = takesBatches(run.state) || isAtWork(run.state);
  return {
    run_id: run.id,
    migration: run.migrationId,
    kind: run.kind,
    state: run.state,
    plan_hash: run.planHash,
    cohort: run.cohort,
    source_file: run.sourceFile,
    requested_by: run.requestedBy,
    stage_percent: run.stagePercent,
    counts: run.counts,
    rows_total: run.rowsTotal,
    rows_done: run.kind === 'dry_run' ? run.rowsTotal : done,
    rows_per_second: rate === null ? null : Math.round(rate * 100) / 100,
    seconds_left: rate === null || !isGoingOn ? null : Math.round((Math.max(0, run.rowsTotal - done) / rate) * 10) / 10,
    message: run.message,
    preceding_dry_run: run.precedingDryRun,
    created_at: run.createdAt.toISOString(),
    started_at: run.startedAt?.toISOString() ?? null,
    ended_at: run.endedAt?.toISOString() ?? null,
  };
}

/** Rows a second of the time that the run was at work, and never more than it was allowed: its first batch came at once. */
function rateOf(run: StoredRun, done: number, now: Date): number | null {
  const sinceSeconds = run.workingSince === null ? 0 : Math.max(0, now.getTime() - run.workingSince.getTime()) / 1000;
  const seconds = run.workedSeconds + sinceSeconds;
  if (run.kind === 'dry_run' || done === 0 || seconds <= 0) return null;
  return Math.min(done / seconds, run.rowsPerSecond ?? Number.POSITIVE_INFINITY);
}

function storedRun(row: RunRow): StoredRun {
  return {
    id: row.id,
    migrationId: row.migration_id,
    kind: row.kind,
    state: row.state,
    planHash: row.plan_hash,
    cohort: row.cohort,
    sourceFile: row.source_file,
    message: row.message,
    requestedBy: row.requested_by,
    onlyKeys: row.only_keys,
    stagePercent: row.stage_percent,
    rowsPerSecond: row.rows_per_second,
    failureThreshold: row.failure_threshold,
    retryFailed: row.retry_failed,
    failuresSeen: Number(row.failures_seen),
    workedSeconds: row.worked_seconds,
    workingSince: row.working_since,
    rowsTotal: Number(row.rows_total),
    cursor: Number(row.cursor),
    nextSeq: Number(row.next_seq),
    counts: runCountsSchema.parse({ ...noCounts, ...(typeof row.counts === 'object' ? row.counts : {}) }),
    precedingDryRun: row.preceding_dry_run,
    rollbackNo: row.rollback_no === null ? null : Number(row.rollback_no),
    rollbackHash: row.rollback_hash,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}
