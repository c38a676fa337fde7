import { planActionSchema, planMatchSchema, type PlanAction, type PlanMatch } from '../../../shared/core/plan-row.ts';
import { blockWordings, noticeWordings, warningWordings, type AccountPrepWarning } from '../../../shared/playbooks/account-prep/wording.ts';

/** What rows have in common: the match, the action, and the warnings in the order in which the planner gives them. */
export type RowKind = { readonly match: PlanMatch; readonly action: PlanAction; readonly warnings: readonly AccountPrepWarning[] };

/** What a person decided comes before what was found, and a block after it; the rest as the wording lists it. */
export const warningsInOrder: readonly AccountPrepWarning[] = [
  'decision_without_effect',
  ...codesOf(noticeWordings).filter((code) => code !== 'decision_without_effect'),
  ...codesOf(blockWordings),
];

const MATCH_BITS = 2;
const ACTION_BITS = 3;

/** The number of a match within a kind's. */
export function matchNumber(match: PlanMatch): number {
  return planMatchSchema.options.indexOf(match);
}

/** What an action adds to it. */
export function actionNumber(action: PlanAction): number {
  return planActionSchema.options.indexOf(action) << MATCH_BITS;
}

/** What a warning adds to it: a bit of its own. */
export function warningNumber(code: AccountPrepWarning): number {
  return 1 << (MATCH_BITS + ACTION_BITS + warningsInOrder.indexOf(code));
}

/** The kind that a number stands for. Throws on a number that stands for none. */
export function kindOfNumber(kindNo: number): RowKind {
  const match = planMatchSchema.options[kindNo & ((1 << MATCH_BITS) - 1)];
  const action = planActionSchema.options[(kindNo >> MATCH_BITS) & ((1 << ACTION_BITS) - 1)];
  if (match === undefined || action === undefined) throw new Error(`No kind of row has the number ${String(kindNo)}.`);
  return { match, action, warnings: warningsInOrder.filter((code) => (kindNo & warningNumber(code)) !== 0) };
}

function codesOf<Code extends AccountPrepWarning>(wordings: Readonly<Record<Code, unknown>>): readonly AccountPrepWarning[] {
  return Object.keys(wordings).filter(isWarning);
}

function isWarning(code: string): code is AccountPrepWarning {
  return Object.hasOwn(warningWordings, code);
}
