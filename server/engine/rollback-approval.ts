import { sql } from 'kysely';
import type { ApprovalPolicy } from '../../shared/contract/admin/session.ts';
import { approvalStanding, type ApprovalRules, type ApprovalStanding, type PlanParticipants } from '../../shared/core/approval.ts';
import type { AdminTx, ReadTx } from '../store/transactions.ts';
import { databaseNow, readDecisionsOn } from './approval-store.ts';
import type { RollbackPlan } from './rollback-store.ts';

/** How much a rollback weighs under policy. */
export type RollbackWeight = {
  /** Whether policy asks for an approval of the hash before these people are put back. */
  readonly needsApproval: boolean;
  /** People of the migration who were put back without any approval within the time for which one would hold. */
  readonly putBackLately: number;
};

/**
 * Weighs a rollback together with what was put back lately without an approval: a hundred people in pieces of ten are a
 * hundred people.
 */
export async function weighRollback(tx: ReadTx, policy: Pick<ApprovalPolicy, 'rollback_approval_above' | 'approval_valid_hours'>, plan: RollbackPlan): Promise<RollbackWeight> {
  if (policy.rollback_approval_above === null) return { needsApproval: false, putBackLately: 0 };
  const { rows } = await sql<{ count: number }>`
    select coalesce(sum((r.counts ->> 'reverted')::bigint), 0)::bigint as count
    from runs r join rollback_plans p on p.rollback_no = r.rollback_no
    where r.migration_id = ${plan.migrationId} and r.kind = 'rollback' and r.rollback_no <> ${plan.rollbackNo}
      and r.created_at > now() - make_interval(hours => ${policy.approval_valid_hours}::int)
      and not exists (select from approvals a where a.migration_id = r.migration_id and a.plan_hash = p.rollback_hash and a.decision = 'approve')`.execute(tx);
  const putBackLately = Number(rows[0]?.count ?? 0);
  return { needsApproval: plan.counts.reverted > 0 && plan.counts.reverted + putBackLately > policy.rollback_approval_above, putBackLately };
}

/** The rules of a rollback's approval: those of plans, and one person at least, for it is asked for on purpose. */
export function rollbackRules(policy: ApprovalPolicy): ApprovalRules {
  return { approvalsRequired: Math.max(1, policy.approvals_required), requesterMayApprove: policy.requester_may_approve };
}

/** Everybody who had a hand in a rollback: who previewed it and who ran it. */
export async function rollbackParticipants(tx: ReadTx, plan: Pick<RollbackPlan, 'rollbackNo'>): Promise<PlanParticipants> {
  const { rows } = await sql<{ part: string; sub: string }>`
    select 'asked' as part, requested_by as sub from rollback_requests where rollback_no = ${plan.rollbackNo}
    union select 'run', requested_by from runs where rollback_no = ${plan.rollbackNo}`.execute(tx);
  const subsOf = (part: string): string[] => rows.filter((row) => row.part === part).map((row) => row.sub);
  return { uploadedBy: [], plannedBy: subsOf('asked'), testedBy: [], executedBy: subsOf('run') };
}

/** Whether a rollback is approved now, `asker` counting as one who has a hand in it. */
export async function rollbackStanding(tx: ReadTx, plan: RollbackPlan, policy: ApprovalPolicy, asker: string): Promise<ApprovalStanding> {
  const decisions = await readDecisionsOn(tx, plan.migrationId, plan.rollbackHash);
  const participants = await rollbackParticipants(tx, plan);
  const now = await databaseNow(tx);
  return approvalStanding(decisions, { ...participants, executedBy: [...participants.executedBy, asker] }, rollbackRules(policy), now.getTime());
}

/**
 * A rollback beyond the test users spends what was approved: nobody's consent to writing these customers outlives that
 * they were put back.
 */
export async function spendPlanApprovals(tx: AdminTx, plan: RollbackPlan): Promise<void> {
  const { rows } = await sql<{ is_beyond: boolean }>`select exists (
      select from rollback_rows r where r.rollback_no = ${plan.rollbackNo} and r.outcome = 'reverted'
        and not exists (select from test_members t join test_sets s on s.run_id = t.run_id where s.migration_id = ${plan.migrationId} and t.user_id = r.user_id)
    ) as is_beyond`.execute(tx);
  if (rows[0]?.is_beyond !== true) return;
  await sql`update approvals set spent_at = clock_timestamp(), spent_because = 'rollback_begun'
    where migration_id = ${plan.migrationId} and subject_kind = 'plan' and decision = 'approve' and spent_at is null`.execute(tx);
}
