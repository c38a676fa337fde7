import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import type { Approval } from '../../../shared/contract/admin/approvals.ts';
import type { DryRunReply } from '../../../shared/contract/admin/plans.ts';
import { sha256Hex, type Trial } from '../trial.ts';
import { expectThat, need, NotChecked } from '../verdicts.ts';
import { approvingSide, planOf } from './plans.ts';
import type { PassedTestRun } from './validate.ts';

const HOUR_MS = 3_600_000;
/** Clocks of two machines differ. */
const TOLERANCE_MS = 10 * 60_000;

/** Gives the approving side's consent to a plan. @throws NotChecked without its token, Broken when it is not taken */
export async function approve(trial: Trial, planHash: string): Promise<Approval> {
  return trial.done(endpoints.decideApproval, { params: { id: trial.migration.id }, as: approvingSide(trial), body: { plan_hash: planHash, decision: 'approve', comment: 'conformance' } });
}

/** Plans of the same cohort, made while nobody of it is written: what they lack is an approval, and nothing else. */
export type OtherPlans = { readonly unapproved: DryRunReply; readonly rejected: DryRunReply };

/** To be called before the test run, after which its people are planned otherwise. Undefined where they cannot be made. */
export async function makeOtherPlans(trial: Trial, cohort: string): Promise<OtherPlans | undefined> {
  const { mark } = trial.people;
  try {
    return { unapproved: await planOf(trial, cohort, `conformance-unapproved-${mark}.csv`), rejected: await planOf(trial, cohort, `conformance-rejected-${mark}.csv`) };
  } catch {
    return undefined;
  }
}

/** Who consents to what (N1): another person, one plan hash, on record. Gives the plan once it is approved. */
export async function checkApprovals(trial: Trial, plan: DryRunReply | undefined, others: OtherPlans | undefined, passed: PassedTestRun | undefined): Promise<DryRunReply | undefined> {
  const { verdicts, migration, people, session } = trial;
  const params = { id: migration.id };
  const execute = (planHash: string) => trial.refused(endpoints.execute, { params, body: { plan_hash: planHash } }, 409, ['approval_required']);
  const needsApproval = (): void => {
    if (session.policy.approvals_required === 0) throw new NotChecked('The policy of this environment asks for no approval.');
  };
  const decide = (planHash: string, decision: 'approve' | 'reject', as: 'operator' | 'approver') => ({ params, as, body: { plan_hash: planHash, decision, comment: 'conformance' } });

  const other = await verdicts.check('gates.unapproved', async () => {
    needsApproval();
    need(passed, 'a test run that passed');
    const { unapproved } = need(others, 'another plan of the same cohort');
    await execute(unapproved.plan_hash);
    return unapproved;
  });

  await verdicts.check('gates.unknown_plan', async () => {
    const nobodys = sha256Hex(`nobody made this ${people.mark}`);
    await trial.refused(endpoints.decideApproval, decide(nobodys, 'approve', approvingSide(trial)), 404, []);
    await trial.refused(endpoints.execute, { params, body: { plan_hash: nobodys } }, 404, []);
  });

  await verdicts.check('approvals.other_person', async () => {
    if (session.policy.requester_may_approve) throw new NotChecked('The policy of this environment lets requesters approve.');
    if (!session.scopes.includes('migration:approve')) throw new NotChecked('The operator’s token may not approve anything. Give one that may, and the policy must still bar it.');
    await trial.refused(endpoints.decideApproval, decide(need(others, 'another plan').unapproved.plan_hash, 'approve', 'operator'), 403, []);
  });

  await verdicts.check('approvals.reject_closes', async () => {
    const { rejected } = need(others, 'another plan of the same cohort');
    const side = approvingSide(trial);
    await trial.done(endpoints.decideApproval, decide(rejected.plan_hash, 'reject', side));
    await trial.refused(endpoints.decideApproval, decide(rejected.plan_hash, 'approve', side), [403, 409], []);
    if (passed !== undefined && session.policy.approvals_required > 0) await execute(rejected.plan_hash);
  });

  const approved = await verdicts.check('approvals.recorded', async () => {
    const planned = need(plan, 'a plan');
    const made = await approve(trial, planned.plan_hash);
    expectThat(made.decision === 'approve' && made.plan_hash === planned.plan_hash && made.state === 'valid', 'The decision is not told as it was made.');
    const leftMs = Date.parse(made.expires_at) - Date.parse(made.decided_at);
    expectThat(Math.abs(leftMs - session.policy.approval_valid_hours * HOUR_MS) < TOLERANCE_MS, 'It does not expire when the policy says.');
    const { items } = await trial.done(endpoints.listApprovals, { params, query: { plan_hash: planned.plan_hash } });
    expectThat(items.some((one) => one.approval_id === made.approval_id && one.sub === made.sub), 'It is not listed.');
    return planned;
  });

  await verdicts.check('approvals.one_hash', async () => {
    need(approved, 'an approved plan');
    await execute(need(other, 'another plan of the same cohort').plan_hash);
  });

  return approved;
}

/** A cohort of its own, that nobody has bound: no plan of it is executed. */
export async function checkBoundCohort(trial: Trial): Promise<void> {
  await trial.verdicts.check('gates.bound_cohort', async () => {
    const { migration, people } = trial;
    const { items } = await trial.done(endpoints.listMigrations);
    if ((items.find(({ id }) => id === migration.id)?.bound_cohort ?? null) === null) throw new NotChecked('The migration is bound to no cohort.');
    const file = `conformance-unbound-${people.mark}.csv`;
    const planned = await trial.done(endpoints.dryRun, { params: { id: migration.id }, body: { source_file: file, source_sha256: sha256Hex(file), records: [people.outsider] } });
    const code = await trial.refused(endpoints.execute, { params: { id: migration.id }, body: { plan_hash: planned.plan_hash } }, 409, []);
    if (code !== 'cohort_not_bound') throw new NotChecked(`It was refused earlier, as ${code}.`);
  });
}
