import { sql } from 'kysely';
import type { ApprovalDecision, ApprovalRules, ApprovalStanding, PlanParticipants } from '../../shared/core/approval.ts';
import { approvalStanding } from '../../shared/core/approval.ts';
import type { ApprovalPolicy } from '../../shared/contract/admin/session.ts';
import type { ReadTx } from '../store/transactions.ts';
import type { StoredPlan } from './plan-store.ts';

/** A decision as it is kept, with what people are shown of it. */
export type StoredDecision = ApprovalDecision & { readonly id: string; readonly planHash: string; readonly comment: string; readonly decidedAt: Date; readonly expiresAt: Date };

type DecisionRow = {
  id: string;
  plan_hash: string;
  decided_by: string;
  decision: 'approve' | 'reject';
  comment: string;
  decided_at: Date;
  expires_at: Date;
  spent_at: Date | null;
};

/** Decisions of a migration, oldest first; on one plan hash where it is given. */
export async function readDecisionsOn(tx: ReadTx, migrationId: string, planHash?: string): Promise<readonly StoredDecision[]> {
  const { rows } = await sql<DecisionRow>`
    select id, plan_hash, decided_by, decision, comment, decided_at, expires_at, spent_at from approvals
    where migration_id = ${migrationId} and (${planHash ?? null}::text is null or plan_hash = ${planHash ?? null}::text)
    order by decided_at, id`.execute(tx);
  return rows.map((row) => ({
    id: row.id,
    planHash: row.plan_hash,
    sub: row.decided_by,
    decision: row.decision,
    comment: row.comment,
    decidedAt: row.decided_at,
    expiresAt: row.expires_at,
    decidedAtMs: row.decided_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    spentAtMs: row.spent_at?.getTime() ?? null,
  }));
}

/** Everybody who had a hand in a plan: who brought its cohort, for whichever migration, planned, tried or executed it. */
export async function readParticipants(tx: ReadTx, plan: Pick<StoredPlan, 'planHash' | 'cohort' | 'migrationId'>): Promise<PlanParticipants> {
  const { rows } = await sql<{ part: string; sub: string }>`
    select 'uploaded' as part, uploaded_by as sub from cohort_uploads where cohort = ${plan.cohort}
    union select r.kind, r.requested_by from runs r where r.plan_hash = ${plan.planHash}
    union select r.kind, r.requested_by from runs r where r.kind = 'test_run' and r.migration_id = ${plan.migrationId} and r.cohort = ${plan.cohort}`.execute(tx);
  const subsOf = (part: string): string[] => rows.filter((row) => row.part === part).map((row) => row.sub);
  return { uploadedBy: subsOf('uploaded'), plannedBy: subsOf('dry_run'), testedBy: subsOf('test_run'), executedBy: subsOf('execution') };
}

export function rulesOf(policy: ApprovalPolicy): ApprovalRules {
  return { approvalsRequired: policy.approvals_required, requesterMayApprove: policy.requester_may_approve };
}

/** The database's clock: approvals and passes are judged by it, whichever process asks. */
export async function databaseNow(tx: ReadTx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('The database tells no time.');
  return row.now;
}

/** Whether a plan is approved now, `asker` counting as one who has a hand in it. */
export async function standingOf(tx: ReadTx, plan: StoredPlan, policy: ApprovalPolicy, asker: string): Promise<ApprovalStanding> {
  const decisions = await readDecisionsOn(tx, plan.migrationId, plan.planHash);
  const participants = await readParticipants(tx, plan);
  const now = await databaseNow(tx);
  return approvalStanding(decisions, { ...participants, executedBy: [...participants.executedBy, asker] }, rulesOf(policy), now.getTime());
}
