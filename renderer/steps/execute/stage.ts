import type { Plan } from '../../../shared/contract/operator/plans.ts';
import { counted } from '../../components/format.ts';

/** How much of a plan one execution takes. */
export const stageChoices = ['5', '25', '100', 'own'] as const;
export type StageChoice = (typeof stageChoices)[number];

/** The percentage that is asked for; undefined where one's own is not between 0 and 100. */
export function stagePercent(choice: StageChoice, own: number | string): number | undefined {
  if (choice !== 'own') return Number(choice);
  const percent = typeof own === 'number' ? own : Number.NaN;
  return percent > 0 && percent <= 100 ? percent : undefined;
}

/** What a stage covers, in rows of the plan: a stage contains the ones before it. */
export function stageSentence(plan: Plan, percent: number): string {
  const { rows } = plan.summary;
  if (percent === 100) return `All ${counted(rows, 'row')} of the plan.`;
  return `About ${counted(Math.ceil((rows * percent) / 100), 'row')} of ${counted(rows, 'row')}. A later stage contains this one.`;
}
