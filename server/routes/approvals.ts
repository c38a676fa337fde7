import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { decideApproval, listApprovals, type Approval } from '../../shared/contract/admin/approvals.ts';
import type { ApprovalPolicy } from '../../shared/contract/admin/session.ts';
import type { ApprovalRules, PlanParticipants } from '../../shared/core/approval.ts';
import { approvalExpiry, approvalState, approvalStanding, mayDecide } from '../../shared/core/approval.ts';
import { databaseNow, readDecisionsOn, readParticipants, rulesOf, type StoredDecision } from '../engine/approval-store.ts';
import { findPlan, type StoredPlan } from '../engine/plan-store.ts';
import { rollbackParticipants, rollbackRules } from '../engine/rollback-approval.ts';
import { activeRun } from '../engine/run-store.ts';
import { findRollbackPlan } from '../engine/rollback-store.ts';
import type { AdminCall } from '../guards/call.ts';
import { requireFlag } from '../guards/flag.ts';
import type { GuardedMigration } from '../guards/lookup.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import { Refusal } from '../guards/refusal.ts';
import type { AdminTx } from '../store/store.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { holdMigration } from './gates-before-writing.ts';
import { pageOf, readCursor } from './page.ts';
import { requireMigration } from './require-migration.ts';

/** `.../approvals`: a named person's consent to one plan hash, and to nothing else (N1). */
export function registerApprovals(routes: RouteRegistrar, { store, policy }: AdminRouteDeps): void {
  routes.write(decideApproval, async (call) => {
    const migration = requireMigration(call);
    const { plan_hash: planHash, decision, comment } = call.body;
    const { sub } = call.caller;
    await holdMigration(call.tx, migration.id);
    const { kind, plan, participants, rules } = await subjectOf(call.tx, migration, planHash, policy);
    const earlier = await readDecisionsOn(call.tx, migration.id, planHash);
    const allowed = mayDecide(sub, decision, earlier, participants, rules);
    if (!allowed.ok) throw new Refusal(allowed.code);
    if (decision === 'approve' && plan !== null) await requireRebindable(call.tx, plan);

    const now = await databaseNow(call.tx);
    // A person has one decision that counts; a later one takes the place of an earlier one.
    await sql`update approvals set spent_at = ${now}, spent_because = 'decided again'
      where plan_hash = ${planHash} and decided_by = ${sub} and spent_at is null`.execute(call.tx);
    const id = randomUUID();
    const expiresAt = new Date(approvalExpiry(now.getTime(), policy.approval_valid_hours));
    await sql`insert into approvals (id, migration_id, subject_kind, plan_hash, decision, decided_by, comment, decided_at, expires_at)
      values (${id}::uuid, ${migration.id}, ${kind}, ${planHash}, ${decision}, ${sub}, ${comment}, ${now}, ${expiresAt})`.execute(call.tx);

    const decisions = await readDecisionsOn(call.tx, migration.id, planHash);
    const standing = approvalStanding(decisions, participants, rules, now.getTime());
    if (decision === 'approve' && standing.isApproved && plan !== null && !plan.isPartial) await bindCohort(call.tx, plan, sub);
    const made = decisions.find((one) => one.id === id);
    if (made === undefined) throw new Error('A decision is gone in the transaction that made it.');
    return { body: approvalOf(made, decisions, now) };
  }, { guard: requireFlagToApprove });

  routes.read(listApprovals, async (call) => {
    const migration = requireMigration(call);
    const { items, now, all } = await store.inReadTx(async (tx) => {
      const every = await readDecisionsOn(tx, migration.id, call.query.plan_hash);
      return { items: every, now: await databaseNow(tx), all: every };
    });
    const { limit, after } = readCursor(call.query);
    const shown = items.map((one) => approvalOf(one, all.filter((other) => other.planHash === one.planHash), now));
    return { body: pageOf(shown.slice(after, after + limit + 1), limit, (_last, count) => String(after + count)) };
  });
}

/** Only a consent to write waits for the flag (A15): a reject stops, and a rollback must be possible while the flag is off. */
async function requireFlagToApprove(tx: AdminTx, call: AdminCall<typeof decideApproval>): Promise<void> {
  const { id, flag } = requireMigration(call);
  if (call.body.decision === 'approve' && (await findRollbackPlan(tx, id, call.body.plan_hash)) === undefined) await requireFlag(tx, flag);
}

type Subject = { readonly participants: PlanParticipants; readonly rules: ApprovalRules } & (
  | { readonly kind: 'plan'; readonly plan: StoredPlan }
  | { readonly kind: 'rollback'; readonly plan: null }
);

/** What the hash is of. Throws `Refusal('plan_not_found')`. */
async function subjectOf(tx: AdminTx, migration: GuardedMigration, hash: string, policy: ApprovalPolicy): Promise<Subject> {
  const rollback = await findRollbackPlan(tx, migration.id, hash);
  if (rollback !== undefined) return { kind: 'rollback', plan: null, participants: await rollbackParticipants(tx, rollback), rules: rollbackRules(policy) };
  const plan = await findPlan(tx, migration.id, hash);
  if (plan === undefined) throw new Refusal('plan_not_found');
  return { kind: 'plan', plan, participants: await readParticipants(tx, plan), rules: rulesOf(policy) };
}

/** A migration whose configuration names its cohort cannot be bound to another by anybody's consent. */
async function requireRebindable(tx: AdminTx, plan: StoredPlan): Promise<void> {
  const { rows } = await sql<{ bound_cohort: string | null; bound_by: string | null }>`select bound_cohort, bound_by from migrations where id = ${plan.migrationId}`.execute(tx);
  const bound = rows[0];
  if (bound !== undefined && bound.bound_by === 'configuration' && bound.bound_cohort !== plan.cohort) throw new Refusal('cohort_not_bound');
}

/**
 * The first approved plan binds the migration to its cohort; a later one of another cohort is an approver's rebinding. Throws
 * `Refusal('run_in_progress')` while a run of the former one is not over: it would go on writing people of whom nobody thinks any more.
 */
async function bindCohort(tx: AdminTx, plan: StoredPlan, sub: string): Promise<void> {
  const { rows } = await sql<{ bound_cohort: string | null }>`select bound_cohort from migrations where id = ${plan.migrationId}`.execute(tx);
  const former = rows[0]?.bound_cohort ?? null;
  const active = former === null || former === plan.cohort ? undefined : await activeRun(tx, plan.migrationId);
  if (active !== undefined) throw new Refusal('run_in_progress', { because: 'This approval would bind the migration to another cohort than that of the run.', runId: active });
  await sql`update migrations set bound_cohort = ${plan.cohort}, bound_by = ${sub}
    where id = ${plan.migrationId} and bound_cohort is distinct from ${plan.cohort}`.execute(tx);
}

function approvalOf(one: StoredDecision, all: readonly StoredDecision[], now: Date): Approval {
  return {
    approval_id: one.id,
    plan_hash: one.planHash,
    sub: one.sub,
    decision: one.decision,
    comment: one.comment,
    decided_at: one.decidedAt.toISOString(),
    expires_at: one.expiresAt.toISOString(),
    state: approvalState(one, all, now.getTime()),
  };
}
