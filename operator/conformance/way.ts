import type { DryRunReply } from '../../shared/contract/admin/plans.ts';
import type { CohortRecord } from '../../shared/core/cohort.ts';
import { checkApprovals, checkBoundCohort, makeOtherPlans, type OtherPlans } from './groups/approvals.ts';
import { checkCohorts } from './groups/cohorts.ts';
import { checkExecution, type EndedRun } from './groups/executions.ts';
import { checkIdempotency } from './groups/idempotency.ts';
import { checkAdoption, checkMembers } from './groups/members.ts';
import { checkPlans } from './groups/plans.ts';
import { checkReadBack } from './groups/read-back.ts';
import { checkReceipt } from './groups/receipts.ts';
import { checkRollback } from './groups/rollbacks.ts';
import { checkSecondPlan } from './groups/second-plan.ts';
import { checkRefusedSignIn, checkSignIn, checkSignInLimit } from './groups/sign-in.ts';
import { checkJournalHeads, checkSigners } from './groups/signers.ts';
import { checkStages } from './groups/stages.ts';
import { checkTestRun } from './groups/test-runs.ts';
import type { PassedTestRun } from './groups/validate.ts';
import { checkTokens } from './groups/tokens.ts';
import { checkTransport } from './groups/transport.ts';
import type { Trial } from './trial.ts';

/** What the steps so far have brought. A step that did not come far leaves its part undefined, and later ones say so. */
type Way = {
  cohort: string;
  plan?: DryRunReply | undefined;
  others?: OtherPlans | undefined;
  passed?: PassedTestRun | undefined;
  approved?: DryRunReply | undefined;
  ended?: EndedRun | undefined;
  heldSession?: string | undefined;
  completed: readonly string[];
};

type Step = (trial: Trial, way: Way, person: (place: number) => CohortRecord) => Promise<void>;

/** The way of a migration, in its order: each step goes on with what the ones before have brought. */
const steps = {
  transport: (trial) => checkTransport(trial),
  tokens: (trial) => checkTokens(trial),
  idempotency: (trial) => checkIdempotency(trial),
  plan: async (trial, way) => {
    way.cohort = await checkCohorts(trial);
    way.plan = await checkPlans(trial, way.cohort);
  },
  signers: async (trial) => {
    await checkSigners(trial);
    await checkJournalHeads(trial);
  },
  'test-run': async (trial, way, person) => {
    way.others = await makeOtherPlans(trial, way.cohort);
    way.passed = await checkTestRun(trial, way.plan, person(1).email);
    await checkRefusedSignIn(trial, person(1));
  },
  approvals: async (trial, way) => {
    way.approved = await checkApprovals(trial, way.plan, way.others, way.passed);
    await checkBoundCohort(trial);
  },
  execution: async (trial, way, person) => {
    way.ended = await checkExecution(trial, way.approved, person(1).email);
    await checkMembers(trial, way.ended, way.plan);
    await checkReceipt(trial, way.ended, way.plan);
    await checkReadBack(trial, way.ended);
  },
  'sign-in': async (trial, way, person) => {
    way.heldSession = await checkSignIn(trial, way.ended, person(2), person(3));
    if (way.ended !== undefined) way.completed = [person(2).email];
  },
  drift: async (trial, way, person) => {
    const more = await checkSecondPlan(trial, way.cohort, way.ended, { tried: person(6), completed: person(2), drifting: person(5), leaving: [person(8), person(9)] });
    way.completed = [...way.completed, ...more];
    await checkAdoption(trial, way.completed);
  },
  stages: (trial, way, person) => checkStages(trial, way.cohort, way.ended, person(6).email),
  rollback: async (trial, way, person) => {
    await checkRollback(trial, way.cohort, way.ended, { completed: way.completed, heldSession: way.heldSession, untouched: person(10).email });
  },
  limits: (trial) => checkSignInLimit(trial),
} satisfies Readonly<Record<string, Step>>;

export type StepName = keyof typeof steps;
export const stepNames = Object.keys(steps).filter((name): name is StepName => Object.hasOwn(steps, name));

/** Steps that rest on each other, in their order; the others stand alone. */
const chain: readonly StepName[] = ['plan', 'test-run', 'approvals', 'execution', 'sign-in', 'drift', 'stages', 'rollback'];

/** The steps to take for one of them: itself, and those that it goes on from. */
function stepsFor(only: StepName | undefined): readonly StepName[] {
  if (only === undefined) return stepNames;
  return chain.includes(only) ? chain.slice(0, chain.indexOf(only) + 1) : [only];
}

/** Walks the way, or as much of it as `only` needs. What is wrong is in the trial's verdicts. @throws TrialInterrupted alone */
export async function walkTheWay(trial: Trial, only: StepName | undefined): Promise<void> {
  const way: Way = { cohort: '', completed: [] };
  const person = (place: number): CohortRecord => trial.people.records[place - 1] ?? trial.people.outsider;
  for (const name of stepsFor(only)) {
    const step: Step = steps[name];
    await step(trial, way, person);
  }
}
