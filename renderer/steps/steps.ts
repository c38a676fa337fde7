import type { Gate, GateName } from '../../shared/core/gates.ts';
import type { Way } from '../../shared/contract/operator/way.ts';

/** The steps of the way as the window shows them. The first six are the gates; the last four are no gates. */
export const stepNames = ['load', 'check', 'dry_run', 'test_run', 'approval', 'execution', 'verification', 'report', 'follow_up', 'roll_back'] as const;
export type StepName = (typeof stepNames)[number];

export interface Step {
  readonly name: StepName;
  readonly title: string;
  readonly state: Gate['state'];
  /** What is so, what to do, or what opens it. */
  readonly detail: string;
}

/** What has been executed in this migration, besides by the plan at hand. */
export interface ExecutedBefore {
  /** By this person, whose report it is to write. */
  readonly byMe?: boolean;
  /** By anybody: it can be verified and put back all the same. */
  readonly byAnybody?: boolean;
  /** The execution was read back. */
  readonly isVerified?: boolean;
}

const NOT_EXECUTED = 'Opens when the plan has been executed, whole or in part.';

/** The stepper's steps: the gates as the operator gives them, then the four that an execution opens, also one of an earlier plan. */
export function stepsOf(way: Pick<Way, 'gates' | 'execution'>, { byMe = false, byAnybody = false, isVerified = false }: ExecutedBefore = {}): readonly Step[] {
  const gates: readonly Step[] = way.gates.map((gate) => ({ name: stepOfGate(gate.name), title: gate.title, state: gate.state, detail: gate.detail }));
  const isMine = way.execution !== null || byMe;
  const isThere = isMine || byAnybody;
  return [
    ...gates,
    { name: 'verification', title: 'Verify', state: !isThere ? 'closed' : isVerified ? 'passed' : 'open', detail: !isThere ? NOT_EXECUTED : isVerified ? 'The execution was read back. It can be read back again.' : 'Read back what the execution wrote, a sample or every row.' },
    { name: 'report', title: 'Report', state: isMine ? 'open' : 'closed', detail: isMine ? 'Export the signed report of an execution.' : NOT_EXECUTED },
    { name: 'follow_up', title: 'Follow-up', state: isMine ? 'open' : 'closed', detail: isMine ? 'See who has signed in and who is left.' : NOT_EXECUTED },
    { name: 'roll_back', title: 'Roll back', state: isThere ? 'open' : 'closed', detail: isThere ? 'Put customers back to before the migration, previewed first.' : NOT_EXECUTED },
  ];
}

/** Where the person should go on: the first step that can be done and is not; the verification once all gates are passed, then the report. Whoever may only approve has nothing to load. */
export function currentStep(steps: readonly Step[], scopes: readonly string[] = []): StepName {
  if (mayApproveOnly(scopes)) return 'approval';
  return steps.find((step) => step.state === 'open')?.name ?? 'load';
}

/** Whether a token can decide about plans and make none. */
function mayApproveOnly(scopes: readonly string[]): boolean {
  return scopes.includes('migration:approve') && !scopes.includes('migration:write');
}

function stepOfGate(name: GateName): StepName {
  return name;
}
