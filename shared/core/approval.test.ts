import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approvalExpiry, approvalStanding, approvalState, isRequester, mayDecide, spentBy, type ApprovalDecision, type PlanParticipants } from './approval.ts';

const HOUR_MS = 3_600_000;
const participants: PlanParticipants = { uploadedBy: ['uma'], plannedBy: ['pat'], testedBy: ['tess'], executedBy: ['ed'] };
const rules = { approvalsRequired: 1, requesterMayApprove: false };

function decided(sub: string, over: Partial<ApprovalDecision> = {}): ApprovalDecision {
  const decidedAtMs = over.decidedAtMs ?? 0;
  return { sub, decision: 'approve', decidedAtMs, expiresAtMs: approvalExpiry(decidedAtMs), spentAtMs: null, ...over };
}

describe('an approval', () => {
  it('holds for 72 hours and not a moment longer', () => {
    const decisions = [decided('ann')];
    expect(approvalStanding(decisions, participants, rules, 72 * HOUR_MS - 1)).toMatchObject({ isApproved: true, approvedBy: ['ann'], validUntilMs: 72 * HOUR_MS });
    expect(approvalStanding(decisions, participants, rules, 72 * HOUR_MS)).toMatchObject({ isApproved: false, approvedBy: [], validUntilMs: null });
  });

  it.each(['uma', 'pat', 'tess', 'ed'])('by %s, who had a hand in the plan, counts only where policy lets requesters approve', (sub) => {
    expect(isRequester(sub, participants)).toBe(true);
    expect(approvalStanding([decided(sub)], participants, rules, 1).isApproved).toBe(false);
    expect(approvalStanding([decided(sub)], participants, { ...rules, requesterMayApprove: true }, 1).isApproved).toBe(true);
    expect(mayDecide(sub, 'approve', [], participants, rules)).toEqual({ ok: false, code: 'approver_not_eligible' });
    expect(mayDecide(sub, 'approve', [], participants, { requesterMayApprove: true })).toEqual({ ok: true });
  });

  it('stops counting when its giver goes on to execute the plan', () => {
    const decisions = [decided('ann')];
    expect(approvalStanding(decisions, { ...participants, executedBy: ['ann'] }, rules, 1).isApproved).toBe(false);
  });

  it('counts a person once, however often they approve', () => {
    const two = { ...rules, approvalsRequired: 2 };
    expect(approvalStanding([decided('ann'), decided('ann', { decidedAtMs: 5 })], participants, two, 10).isApproved).toBe(false);
    expect(approvalStanding([decided('ann'), decided('bob')], participants, two, 10)).toMatchObject({ isApproved: true, approvedBy: ['ann', 'bob'] });
  });

  it('holds as long as enough of several do', () => {
    const decisions = [decided('ann'), decided('bob', { decidedAtMs: HOUR_MS }), decided('cat', { decidedAtMs: 2 * HOUR_MS })];
    const validFor = (approvalsRequired: number): number => (approvalStanding(decisions, participants, { ...rules, approvalsRequired }, 3 * HOUR_MS).validUntilMs ?? 0) / HOUR_MS;
    expect([validFor(1), validFor(2), validFor(3)]).toEqual([74, 73, 72]);
  });

  it('is given afresh after it was spent', () => {
    const spent = decided('ann', { spentAtMs: 10 });
    expect(approvalState(spent, [spent], 20)).toBe('spent');
    expect(approvalStanding([spent], participants, rules, 20).isApproved).toBe(false);
    expect(approvalStanding([spent, decided('ann', { decidedAtMs: 15 })], participants, rules, 20).isApproved).toBe(true);
  });

  it('is not needed where policy asks for none, but a reject still stops', () => {
    const none = { ...rules, approvalsRequired: 0 };
    expect(approvalStanding([], participants, none, 1)).toMatchObject({ isApproved: true, validUntilMs: null });
    expect(approvalStanding([decided('ann', { decision: 'reject' })], participants, none, 1).isApproved).toBe(false);
  });
});

describe('a reject', () => {
  const decisionArb = fc.record({
    sub: fc.constantFrom('ann', 'bob', 'cat'),
    decision: fc.constant('approve' as const),
    decidedAtMs: fc.integer({ min: 0, max: 100 }),
    expiresAtMs: fc.integer({ min: 50, max: 500 }),
    spentAtMs: fc.option(fc.integer({ min: 0, max: 100 })),
  });

  it('closes the hash for every consent before and after it, and for every further decision', () => {
    fc.assert(
      fc.property(fc.array(decisionArb), fc.array(decisionArb), fc.nat(600), fc.nat(3), (before, after, nowMs, approvalsRequired) => {
        const all = [...before, decided('eve', { decision: 'reject' }), ...after];
        expect(approvalStanding(all, participants, { approvalsRequired, requesterMayApprove: true }, nowMs)).toMatchObject({ isApproved: false, isRejected: true, approvedBy: [] });
        for (const decision of all) expect(approvalState(decision, all, nowMs)).toBe('closed');
        for (const wish of ['approve', 'reject'] as const) expect(mayDecide('zoe', wish, all, participants, rules)).toEqual({ ok: false, code: 'approval_closed' });
      }),
      { seed: 20250809 },
    );
  });

  it('may come from a requester: it only stops', () => {
    expect(mayDecide('pat', 'reject', [], participants, rules)).toEqual({ ok: true });
  });

  it('aside, a plan is approved exactly while enough different eligible people hold a consent', () => {
    fc.assert(
      fc.property(fc.array(decisionArb), fc.nat(600), fc.integer({ min: 1, max: 3 }), (decisions, nowMs, approvalsRequired) => {
        const holding = new Set(decisions.filter((given) => given.spentAtMs === null && nowMs < given.expiresAtMs).map(({ sub }) => sub));
        const standing = approvalStanding(decisions, participants, { approvalsRequired, requesterMayApprove: false }, nowMs);
        expect(standing.isApproved).toBe(holding.size >= approvalsRequired);
        if (standing.validUntilMs !== null) expect(standing.validUntilMs).toBeGreaterThan(nowMs);
      }),
      { seed: 20250809, numRuns: 1000 },
    );
  });
});

describe('approvals are spent', () => {
  it('when everybody is done, the run is stopped, or a rollback goes beyond the test users', () => {
    expect(spentBy({ kind: 'execution_moved', state: 'completed', stagePercent: 100 })).toBe('all_done');
    expect(spentBy({ kind: 'execution_moved', state: 'completed_with_failures', stagePercent: 100 })).toBe('all_done');
    expect(spentBy({ kind: 'execution_moved', state: 'stopped', stagePercent: 5 })).toBe('run_stopped');
    expect(spentBy({ kind: 'rollback_begun', isBeyondTestUsers: true })).toBe('rollback_begun');
  });

  it('not by the end of a stage, a pause, a halt, or a rollback of test users', () => {
    expect(spentBy({ kind: 'execution_moved', state: 'completed', stagePercent: 25 })).toBeNull();
    for (const state of ['paused', 'halted', 'running', 'stopping', 'failed'] as const) expect(spentBy({ kind: 'execution_moved', state, stagePercent: 100 })).toBeNull();
    expect(spentBy({ kind: 'rollback_begun', isBeyondTestUsers: false })).toBeNull();
  });
});
