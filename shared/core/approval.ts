import type { RunState } from './run-state.ts';

/** How long a consent holds unless policy says otherwise. Checked at each start and each resume. */
export const APPROVAL_VALID_HOURS = 72;
const HOUR_MS = 3_600_000;

/** One person's decision on one plan hash. Times in milliseconds since 1970, by the database's clock. */
export type ApprovalDecision = {
  readonly sub: string;
  readonly decision: 'approve' | 'reject';
  readonly decidedAtMs: number;
  readonly expiresAtMs: number;
  readonly spentAtMs: number | null;
};

/** Who had a hand in a plan. Policy can bar all of them from approving it, whoever asks now included. */
export type PlanParticipants = {
  readonly uploadedBy: readonly string[];
  readonly plannedBy: readonly string[];
  readonly testedBy: readonly string[];
  readonly executedBy: readonly string[];
};

export type ApprovalRules = { readonly approvalsRequired: number; readonly requesterMayApprove: boolean };

export type ApprovalState = 'valid' | 'expired' | 'spent' | 'closed';

export function approvalExpiry(decidedAtMs: number, validHours: number = APPROVAL_VALID_HOURS): number {
  return decidedAtMs + validHours * HOUR_MS;
}

/** Whether the person counts as a requester of the plan: whoever uploaded, planned, tested or executes it. */
export function isRequester(sub: string, participants: PlanParticipants): boolean {
  return [participants.uploadedBy, participants.plannedBy, participants.testedBy, participants.executedBy].some((subs) => subs.includes(sub));
}

/** What a decision is worth now. A reject closes the hash, for decisions before it and after it. */
export function approvalState(decision: ApprovalDecision, all: readonly ApprovalDecision[], nowMs: number): ApprovalState {
  if (all.some((other) => other.decision === 'reject')) return 'closed';
  if (decision.spentAtMs !== null) return 'spent';
  return nowMs >= decision.expiresAtMs ? 'expired' : 'valid';
}

export type ApprovalStanding = {
  readonly isApproved: boolean;
  /** Different people whose consent holds now and counts under the policy. */
  readonly approvedBy: readonly string[];
  readonly required: number;
  readonly isRejected: boolean;
  /** When the first of the consents that are needed runs out; null while there are not enough, or none is needed. */
  readonly validUntilMs: number | null;
};

/**
 * Whether a plan hash is approved now. A person counts once, with their latest consent that holds, and not at all
 * when they are a requester and policy bars those: somebody who approves and then executes has become one.
 */
export function approvalStanding(
  decisions: readonly ApprovalDecision[],
  participants: PlanParticipants,
  rules: ApprovalRules,
  nowMs: number,
): ApprovalStanding {
  const isRejected = decisions.some(({ decision }) => decision === 'reject');
  const expiryBySub = new Map<string, number>();
  for (const decision of decisions) {
    if (approvalState(decision, decisions, nowMs) !== 'valid') continue;
    if (!rules.requesterMayApprove && isRequester(decision.sub, participants)) continue;
    expiryBySub.set(decision.sub, Math.max(decision.expiresAtMs, expiryBySub.get(decision.sub) ?? 0));
  }
  // With more consents than are needed, the ones that hold longest carry the plan.
  const carrying = [...expiryBySub.values()].sort((one, other) => other - one).slice(0, rules.approvalsRequired);
  const isEnough = carrying.length >= rules.approvalsRequired;
  return {
    isApproved: !isRejected && isEnough,
    approvedBy: [...expiryBySub.keys()].sort(),
    required: rules.approvalsRequired,
    isRejected,
    validUntilMs: isEnough ? carrying.at(-1) ?? null : null,
  };
}

/**
 * Whether a person may decide. Anybody with the scope may reject, requesters too: it only stops. On a hash that was
 * rejected nothing more can be decided.
 */
export function mayDecide(
  sub: string,
  decision: ApprovalDecision['decision'],
  earlier: readonly ApprovalDecision[],
  participants: PlanParticipants,
  rules: Pick<ApprovalRules, 'requesterMayApprove'>,
): { readonly ok: true } | { readonly ok: false; readonly code: 'approval_closed' | 'approver_not_eligible' } {
  if (earlier.some((other) => other.decision === 'reject')) return { ok: false, code: 'approval_closed' };
  if (decision === 'approve' && !rules.requesterMayApprove && isRequester(sub, participants)) return { ok: false, code: 'approver_not_eligible' };
  return { ok: true };
}

/** What can use up the approvals of a plan. */
export type SpendingEvent =
  | { readonly kind: 'execution_moved'; readonly state: RunState; readonly stagePercent: number }
  | { readonly kind: 'rollback_begun'; readonly isBeyondTestUsers: boolean };

export type SpentBecause = 'all_done' | 'run_stopped' | 'rollback_begun';

/**
 * Why the approvals of a plan are spent by what happened, null where they are not. They cover all stages of the
 * plan, so the end of a stage leaves them; after a stop or a rollback somebody has to consent again.
 */
export function spentBy(event: SpendingEvent): SpentBecause | null {
  if (event.kind === 'rollback_begun') return event.isBeyondTestUsers ? 'rollback_begun' : null;
  if (event.state === 'stopped') return 'run_stopped';
  const isDone = event.state === 'completed' || event.state === 'completed_with_failures';
  return isDone && event.stagePercent >= 100 ? 'all_done' : null;
}
