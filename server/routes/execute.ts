import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { execute } from '../../shared/contract/admin/runs.ts';
import { checkAcknowledged } from '../../shared/core/acknowledgement.ts';
import { rowsDone } from '../../shared/core/run-counts.ts';
import { kindTitles, neededTestKinds, testRowSupply } from '../../shared/core/test-rows.ts';
import { keysInCohort } from '../engine/cohort-store.ts';
import { checkPlan } from '../engine/plan-check.ts';
import { findPlan, readNameOnlyWrites, readPlanKinds, type StoredPlan } from '../engine/plan-store.ts';
import { countRows } from '../engine/run-rows.ts';
import { activeRun, insertRun } from '../engine/run-store.ts';
import { findOpenTestSet, findOpenTestSetAmong, passedKinds } from '../engine/test-sets.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import { Refusal } from '../guards/refusal.ts';
import type { AdminTx } from '../store/store.ts';
import { asAdmin, asPlanner } from '../store/switch-role.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { acknowledge, foldAll, holdMigration, requireApproval, requireBoundCohort, requireSameCredential, rowsNamed } from './gates-before-writing.ts';
import { requireMigration } from './require-migration.ts';

/** `POST .../execute` (A14, A15, A18, N1): every gate, then the plan once more against what is so now, then the run. */
export function registerExecute(routes: RouteRegistrar, { policy, engine }: AdminRouteDeps): void {
  routes.write(execute, async (call) => {
    const migration = requireMigration(call);
    const { body, caller } = call;
    await holdMigration(call.tx, migration.id);
    const plan = await findPlan(call.tx, migration.id, body.plan_hash);
    if (plan === undefined) throw new Refusal('plan_not_found');
    if (plan.isPartial) throw new Refusal('plan_partial');
    const retryFailed = body.retry_failed ?? false;
    const percent = Math.min(body.stage?.percent ?? 100, retryFailed ? await executedPercent(call.tx, plan) : 100);
    const rowsTotal = await countRows(call.tx, { id: null, migrationId: migration.id, planHash: plan.planHash, onlyKeys: null, stagePercent: percent, retryFailed });
    const finished = await finishedRun(call.tx, plan, { percent, isRetryWithoutRows: retryFailed && rowsTotal === 0, retryFailed });
    if (finished !== undefined) return { runId: finished, body: { run_id: finished } };
    await requireBoundCohort(call.tx, migration.id, plan);
    const active = await activeRun(call.tx, migration.id);
    if (active !== undefined) throw new Refusal('run_in_progress', { runId: active });

    await requireTestRun(call.tx, plan);
    await requireApproval(call.tx, plan, policy, caller.sub);
    const named = foldAll(body.acknowledged ?? [], 'acknowledged');
    await requireInPlan(call.tx, plan, named);
    const acknowledged = new Set(named);
    const nameOnly = await readNameOnlyWrites(call.tx, plan);
    const checked = checkAcknowledged(nameOnly, acknowledged);
    if (!checked.ok) throw new Refusal('acknowledgement_required', { because: checked.detail, rows: rowsNamed(nameOnly, checked.emails) });
    await requireSameCredential(call.tx, plan);
    const dryRunId = await fileDryRun(call.tx, plan, { sub: caller.sub, staleShare: policy.plan_stale_share });

    const runId = randomUUID();
    const tx = await asAdmin(call.tx);
    await bindFirstCohort(tx, plan, caller.sub);
    await insertRun(tx, {
      id: runId,
      migrationId: migration.id,
      kind: 'execution',
      state: 'queued',
      planHash: plan.planHash,
      cohort: plan.cohort,
      requestedBy: caller.sub,
      rowsTotal,
      retryFailed,
      stagePercent: percent,
      rowsPerSecond: body.rows_per_second ?? null,
      failureThreshold: body.failure_threshold ?? null,
      precedingDryRun: dryRunId,
    });
    await acknowledge(tx, { runId, planNo: plan.planNo, sub: caller.sub }, nameOnly, acknowledged);
    call.afterCommit(() => engine.attend(runId));
    return { runId, body: { run_id: runId } };
  });
}

/** Consent to a row that the plan does not have is a mistake about the plan, and no consent. Throws `Refusal('invalid_request')`. */
async function requireInPlan(tx: AdminTx, plan: StoredPlan, named: readonly string[]): Promise<void> {
  const known = await keysInCohort(tx, plan.cohort, named);
  const errors = named.flatMap((email, index) => (known.has(email) ? [] : [{ path: `acknowledged.${index}`, message: 'is not a row of this plan' }]));
  if (errors.length > 0) throw new Refusal('invalid_request', { errors: errors.slice(0, 100) });
}

/**
 * The stage that the plan has been executed to, 100 where it was not. What failed failed in it, so a retry is of that stage: it
 * must not count as all of the plan, whose approval would be spent with it while the other stages are still to come.
 */
async function executedPercent(tx: AdminTx, plan: StoredPlan): Promise<number> {
  const { rows } = await sql<{ percent: number | null }>`select max(coalesce(stage_percent, 100)) as percent from runs
    where plan_hash = ${plan.planHash} and kind = 'execution' and not retry_failed`.execute(tx);
  return rows[0]?.percent ?? 100;
}

type Asked = { readonly percent: number; readonly retryFailed: boolean; readonly isRetryWithoutRows: boolean };

/**
 * A plan that has been executed to the end, or as far as is asked, is not executed again: its run is the answer. Where no
 * row stands as failed any more, the execution that ended last is what a retry answers. Once a rollback has put somebody back
 * since, it is a plan to be executed like any other, behind every gate. Throws `Refusal('nothing_to_retry')`.
 */
async function finishedRun(tx: AdminTx, plan: StoredPlan, { percent, retryFailed, isRetryWithoutRows }: Asked): Promise<string | undefined> {
  if (retryFailed && !isRetryWithoutRows) return undefined;
  const covers = retryFailed ? sql`true` : sql`not retry_failed and coalesce(stage_percent, 100) >= ${percent}
    and not exists (select from runs b where b.migration_id = ${plan.migrationId} and b.kind = 'rollback' and b.created_at > runs.created_at and (b.counts ->> 'reverted')::bigint > 0)`;
  const { rows } = await sql<{ id: string }>`select id from runs
    where plan_hash = ${plan.planHash} and kind = 'execution' and state in ('completed', 'completed_with_failures') and ${covers}
    order by created_at desc, id desc limit 1`.execute(tx);
  if (rows[0] === undefined && retryFailed) throw new Refusal('nothing_to_retry');
  return rows[0]?.id;
}

/** Where policy asks for no approval, the first execution is what binds the migration to its cohort. */
async function bindFirstCohort(tx: AdminTx, plan: StoredPlan, sub: string): Promise<void> {
  await sql`update migrations set bound_cohort = ${plan.cohort}, bound_by = ${sub} where id = ${plan.migrationId} and bound_cohort is null`.execute(tx);
}

async function requireTestRun(tx: AdminTx, plan: StoredPlan): Promise<void> {
  const needed = neededTestKinds(testRowSupply(await readPlanKinds(tx, plan.planHash)));
  const open = await findOpenTestSet(tx, plan.migrationId, plan.cohort);
  const passed = await passedKinds(tx, plan.migrationId, plan.cohort);
  const missing = needed.filter((kind) => !passed.has(kind));
  if (missing.length > 0) {
    throw new Refusal('test_run_required', { because: `No pass holds for rows ${missing.map((kind) => kindTitles[kind]).join(', ')}.`, ...(open === undefined ? {} : { runId: open.runId }) });
  }
  if (open !== undefined) throw new Refusal('test_users_not_restored', { runId: open.runId });
  const elsewhere = await findOpenTestSetAmong(tx, plan);
  if (elsewhere !== undefined) throw new Refusal('test_users_not_restored', { because: `A test user of run ${elsewhere.runId}, which is of another cohort, is in this plan.`, runId: elsewhere.runId });
}

/** Plans again under the planner's role, files that as a dry run with what has changed, and refuses a plan that is stale. */
async function fileDryRun(
  adminTx: AdminTx,
  plan: StoredPlan,
  order: { readonly sub: string; readonly staleShare: number },
): Promise<string> {
  const tx = await asPlanner(adminTx);
  const { toWrite, counts, fileItems } = await checkPlan(tx, plan);
  if (plan.rowCount > 0 && counts.drifted / plan.rowCount > order.staleShare) {
    throw new Refusal('plan_stale', { because: `${counts.drifted} of ${plan.rowCount} rows have changed.` });
  }
  const id = randomUUID();
  await insertRun(tx, {
    id,
    migrationId: plan.migrationId,
    kind: 'dry_run',
    state: 'completed',
    planHash: plan.planHash,
    cohort: plan.cohort,
    requestedBy: order.sub,
    rowsTotal: plan.rowCount,
    counts,
    nextSeq: rowsDone(counts) + 1,
    message: `Planned again before execution: ${toWrite} rows are to be written, ${counts.drifted} have changed since the plan.`,
  });
  await fileItems(id);
  return id;
}
