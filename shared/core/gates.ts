import { z } from 'zod';
import { assertNever } from './assert-never.ts';

/** The stage gates in their order: each opens the next. Verification and report are no gates. */
export const gateNameSchema = z.enum(['load', 'check', 'dry_run', 'test_run', 'approval', 'execution']);
export type GateName = z.infer<typeof gateNameSchema>;
export const gateNames: readonly GateName[] = gateNameSchema.options;

/** `passed`; `open`: can be done now; `closed`: waits for an earlier one; `not_needed`: this plan or policy does not ask for it. */
export const gateStateSchema = z.enum(['passed', 'open', 'closed', 'not_needed']);
export type GateState = z.infer<typeof gateStateSchema>;

/** One gate as the stepper and the report show it. */
export const gateSchema = z.object({
  name: gateNameSchema,
  title: z.string(),
  state: gateStateSchema,
  /** In a sentence: what is so, or what has to be done next, or what opens it. */
  detail: z.string(),
});
export type Gate = z.infer<typeof gateSchema>;

/** A gate that a run had to pass: one of the way, or the preview of a rollback. */
export const runGateSchema = gateSchema.extend({ name: z.enum(['preview', ...gateNameSchema.options]) });
export type RunGate = z.infer<typeof runGateSchema>;

/** What is known of one way through a migration. `undefined` where the step has not been reached. */
export type WayFacts = {
  readonly file?: string;
  readonly check?: { readonly accepted: number; readonly refused: boolean };
  readonly plan?: { readonly rows: number; readonly written: number; readonly isPartial: boolean };
  readonly test: 'not_begun' | 'running' | 'failed' | 'passed_not_restored' | 'passed' | 'lapsed';
  readonly approvals: { readonly given: number; readonly required: number; readonly rejected: boolean };
  /** Policy: the test run, too, needs the plan approved (A14). */
  readonly approveBeforeTestRun: boolean;
  readonly execution: 'not_begun' | 'active' | 'ended_early' | 'done';
};

const gateTitles: Readonly<Record<GateName, string>> = {
  load: 'Load',
  check: 'Check',
  dry_run: 'Dry run',
  test_run: 'Test run',
  approval: 'Approve',
  execution: 'Execute',
};

/** The title of a run's gate. */
export function gateTitleOf(name: RunGate['name']): string {
  return name === 'preview' ? 'Preview' : gateTitles[name];
}

/**
 * The gates of a way: what is passed, what is open, and what opens the rest. Pure, so that window, report and
 * server say the same. With `approveBeforeTestRun` the approval opens before the test run and opens it.
 */
export function gatesOf(way: WayFacts): readonly Gate[] {
  return gateNames.map((name) => ({ name, title: gateTitles[name], ...gateStatus(name, way) }));
}

type GateStatus = { readonly state: GateState; readonly detail: string };

function gateStatus(name: GateName, way: WayFacts): GateStatus {
  switch (name) {
    case 'load':
      return way.file === undefined ? open('Choose the CSV file of the cohort.') : passed(way.file);
    case 'check':
      return checkStatus(way);
    case 'dry_run':
      return dryRunStatus(way);
    case 'test_run':
      return testRunStatus(way);
    case 'approval':
      return approvalStatus(way);
    case 'execution':
      return executionStatus(way);
    default:
      return assertNever(name);
  }
}

function checkStatus({ file, check }: WayFacts): GateStatus {
  if (file === undefined) return closed('Opens when a file is loaded.');
  if (check === undefined) return open('The file is being checked.');
  if (check.refused) return open('The file was refused as a whole. Correct it and load it again.');
  if (check.accepted === 0) return open('No row can go on. Correct the file and load it again.');
  return passed(check.accepted === 1 ? '1 row can go on.' : `${check.accepted} rows can go on.`);
}

function dryRunStatus(way: WayFacts): GateStatus {
  if (checkStatus(way).state !== 'passed') return closed('Opens when the check has rows that can go on.');
  if (way.plan === undefined) return open('Let the server plan. It writes to no customer.');
  return passed(`${way.plan.rows} rows planned, ${way.plan.written} would be written.`);
}

function testRunStatus(way: WayFacts): GateStatus {
  if (way.plan === undefined) return closed('Opens when there is a plan.');
  if (way.plan.written === 0) return { state: 'not_needed', detail: 'The plan writes nobody.' };
  if (way.test === 'not_begun' && way.approveBeforeTestRun && !isApproved(way)) {
    return closed('Opens when the plan is approved: this environment asks for that first.');
  }
  switch (way.test) {
    case 'not_begun':
      return open('Try one row of each kind.');
    case 'running':
      return open('Validation is not finished.');
    case 'failed':
      return open('Validation failed. Find out why before anything else is written.');
    case 'passed_not_restored':
      return open('Passed. Put the test customers back.');
    case 'passed':
      return passed('Passed, and the test customers are put back.');
    case 'lapsed':
      return open('The pass has lapsed. Try again.');
    default:
      return assertNever(way.test);
  }
}

function approvalStatus(way: WayFacts): GateStatus {
  const { approvals, plan } = way;
  if (plan === undefined) return closed('Opens when there is a plan.');
  if (plan.isPartial && !way.approveBeforeTestRun) return closed('This plan covers a few rows only. Plan the whole file.');
  if (approvals.rejected) return closed('The plan was rejected. Plan again to go on.');
  if (approvals.required === 0) return { state: 'not_needed', detail: 'This environment asks for no approval.' };
  if (isApproved(way)) return passed(`Approved by ${approvals.given} of ${approvals.required}.`);
  if (!way.approveBeforeTestRun && !isTried(way)) return closed('Opens when the test run has passed and its customers are put back.');
  return open(`${approvals.given} of ${approvals.required} approvals given.`);
}

function executionStatus(way: WayFacts): GateStatus {
  if (way.execution === 'done') return passed('Every row is settled.');
  if (way.execution === 'active') return open('The run goes on, whether or not this window is open.');
  if (way.plan === undefined) return closed('Opens when there is a plan.');
  if (way.plan.isPartial) return closed('This plan covers a few rows only: it can be tried, never executed.');
  if (!isTried(way)) return closed('Opens when the test run has passed and its customers are put back.');
  if (!isApproved(way)) return closed('Opens when the plan is approved.');
  return open(way.execution === 'ended_early' ? 'The last execution ended early. The rest can be executed.' : 'Execute the plan, whole or in stages.');
}

function isTried(way: WayFacts): boolean {
  const { state } = testRunStatus(way);
  return state === 'passed' || state === 'not_needed';
}

function isApproved({ approvals }: WayFacts): boolean {
  return !approvals.rejected && approvals.given >= approvals.required;
}

function passed(detail: string): GateStatus {
  return { state: 'passed', detail };
}
function open(detail: string): GateStatus {
  return { state: 'open', detail };
}
function closed(detail: string): GateStatus {
  return { state: 'closed', detail };
}
