import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { ApprovalPolicy } from '../../shared/contract/admin/session.ts';
import { Refusal } from '../guards/refusal.ts';
import { isSameSelection, outsidersAmong, type RollbackSelection } from '../playbooks/account-prep/rollback-people.ts';
import type { AdminTx, ReadTx } from '../store/transactions.ts';
import { asAdmin, asPlanner } from '../store/switch-role.ts';
import { previewRollback, rollbackDrift } from './preview-rollback.ts';
import { rollbackStanding, spendPlanApprovals, weighRollback } from './rollback-approval.ts';
import { findRollbackPlan, type RollbackPlan } from './rollback-store.ts';
import { activeRun, insertRun } from './run-store.ts';

/** Who asks for a rollback of whom, and under which policy. Every path that rolls back goes through here. */
export type RollbackOrder = {
  readonly environmentId: string;
  readonly migrationId: string;
  readonly selection: RollbackSelection;
  readonly policy: ApprovalPolicy;
  readonly sub: string;
};

/** Previews under the planner's role. Throws `Refusal('invalid_request')` for somebody outside the migration's cohorts (A16). */
export async function preview(tx: AdminTx, order: RollbackOrder): Promise<RollbackPlan> {
  await requireMembers(tx, order);
  const plan = await previewRollback(await asPlanner(tx), order, order.sub);
  await asAdmin(tx);
  return plan;
}

/**
 * Files the run of a previewed rollback (A20), in a transaction that holds the migration, or gives the run that has done it
 * to the end already. Throws `Refusal`: `rollback_changed`, `run_in_progress`, `test_set_open`, `approval_required`.
 */
export async function beginRollback(
  tx: AdminTx,
  order: RollbackOrder,
  { rollbackHash, rowsPerSecond }: { readonly rollbackHash: string; readonly rowsPerSecond: number | null },
): Promise<{ readonly runId: string; readonly isNew: boolean }> {
  await requireMembers(tx, order);
  const plan = await findRollbackPlan(tx, order.migrationId, rollbackHash);
  if (plan === undefined) throw new Refusal('rollback_changed', { because: 'No preview of this migration has this hash.' });
  if (!isSameSelection(plan.selection, order.selection)) throw new Refusal('rollback_changed', { because: 'The hash is of a preview for other people.' });
  const done = await finishedRun(tx, plan);
  if (done !== undefined) return { runId: done, isNew: false };
  const active = await activeRun(tx, order.migrationId);
  if (active !== undefined) throw new Refusal('run_in_progress', { runId: active });
  await requireNoOpenTestSet(tx, order.migrationId);
  await requireRollbackApproval(tx, plan, order.policy, order.sub);
  await requireAsPreviewed(tx, order, plan);
  await spendPlanApprovals(tx, plan);
  const runId = randomUUID();
  await insertRun(tx, {
    id: runId,
    migrationId: order.migrationId,
    kind: 'rollback',
    state: 'queued',
    planHash: null,
    cohort: await onlyCohort(tx, plan),
    requestedBy: order.sub,
    rowsTotal: plan.rowCount,
    rowsPerSecond,
    rollbackNo: plan.rollbackNo,
  });
  return { runId, isNew: true };
}

/** Throws `Refusal('approval_required')` where policy asks for an approval and none holds, or where somebody rejected the hash. */
export async function requireRollbackApproval(tx: ReadTx, plan: RollbackPlan, policy: ApprovalPolicy, sub: string): Promise<void> {
  const standing = await rollbackStanding(tx, plan, policy, sub);
  if (standing.isRejected) throw new Refusal('approval_required', { because: 'The rollback was rejected.' });
  const { needsApproval, putBackLately } = await weighRollback(tx, policy, plan);
  if (!needsApproval || standing.isApproved) return;
  const lately = putBackLately === 0 ? '' : `, ${putBackLately} more were without an approval in the last ${policy.approval_valid_hours} hours`;
  throw new Refusal('approval_required', { because: `${plan.counts.reverted} people would be put back${lately}, and above ${String(policy.rollback_approval_above)} the rollback hash must be approved. ${standing.approvedBy.length} of ${standing.required} approvals hold.` });
}

async function requireMembers(tx: ReadTx, { migrationId, selection }: RollbackOrder): Promise<void> {
  if ('all' in selection) return;
  const outsiders = await outsidersAmong(tx, migrationId, selection.emails);
  if (outsiders.size === 0) return;
  const errors = selection.emails.flatMap((email, index) => (outsiders.has(email) ? [{ path: `emails.${index}`, message: 'is no member of a cohort of this migration' }] : []));
  throw new Refusal('invalid_request', { errors: errors.slice(0, 100) });
}

/**
 * Customers go on signing in between preview and start. One who would be kept now is judged again under lock and reported;
 * where more than the policy's share would be, or anybody would be put back who was not shown so, the preview is void.
 */
async function requireAsPreviewed(adminTx: AdminTx, order: RollbackOrder, plan: RollbackPlan): Promise<void> {
  const { unforeseen, lost } = await rollbackDrift(await asPlanner(adminTx), order, plan);
  await asAdmin(adminTx);
  const isTooMany = lost > plan.counts.reverted * order.policy.plan_stale_share;
  if (unforeseen === 0 && !isTooMany) return;
  throw new Refusal('rollback_changed', { because: `${lost} of ${plan.counts.reverted} people would be kept now, and ${unforeseen} would be put back otherwise than shown.` });
}

async function requireNoOpenTestSet(tx: ReadTx, migrationId: string): Promise<void> {
  const { rows } = await sql<{ run_id: string }>`select run_id from test_sets where migration_id = ${migrationId} and state = 'open'`.execute(tx);
  const [open] = rows;
  if (open !== undefined) throw new Refusal('test_set_open', { runId: open.run_id });
}

/** Only a run that put back everybody it was to: one that kept somebody can be asked for again when that person is free. */
async function finishedRun(tx: ReadTx, plan: RollbackPlan): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`select id from runs
    where rollback_no = ${plan.rollbackNo} and state in ('completed', 'completed_with_failures')
      and (counts ->> 'reverted')::bigint = ${plan.counts.reverted} order by created_at desc limit 1`.execute(tx);
  return rows[0]?.id;
}

/** The cohort of all its people, null where they are of several. */
async function onlyCohort(tx: ReadTx, plan: RollbackPlan): Promise<string | null> {
  const { rows } = await sql<{ cohort: string | null }>`select case when min(cohort) = max(cohort) then min(cohort) end as cohort
    from rollback_rows where rollback_no = ${plan.rollbackNo}`.execute(tx);
  return rows[0]?.cohort ?? null;
}
