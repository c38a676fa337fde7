import type { Gate, GateName } from '../../shared/core/gates.ts';
import type { Way } from '../../shared/contract/operator/way.ts';

/** The steps of the way as the window shows them. The first six are the gates; the last two are no gates. */
export const stepNames = ['load', 'check', 'dry_run', 'test_run', 'approval', 'execution', 'report', 'follow_up'] as const;
export type StepName = (typeof stepNames)[number];

export interface Step {
  readonly name: StepName;
  readonly title: string;
  readonly state: Gate['state'];
  /** What is so, what to do, or what opens it. */
  readonly detail: string;
}

/** The stepper's steps: the gates as the operator gives them, then report and follow-up, which an execution opens, also one of an earlier plan. */
export function stepsOf(way: Pick<Way, 'gates' | 'execution'>, hasExecutedBefore = false): readonly Step[] {
  const gates: readonly Step[] = way.gates.map((gate) => ({ name: stepOfGate(gate.name), title: gate.title, state: gate.state, detail: gate.detail }));
  const hasRun = way.execution !== null || hasExecutedBefore;
  return [
    ...gates,
    { name: 'report', title: 'Report', state: hasRun ? 'open' : 'closed', detail: hasRun ? 'Export the signed report of an execution.' : 'Opens when the plan has been executed, whole or in part.' },
    { name: 'follow_up', title: 'Follow-up', state: hasRun ? 'open' : 'closed', detail: hasRun ? 'See who has signed in and who is left.' : 'Opens when the plan has been executed, whole or in part.' },
  ];
}

/** Where the person should go on: the first step that can be done and is not; the report once all gates are passed. Whoever may only approve has nothing to load. */
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
