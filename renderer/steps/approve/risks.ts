import type { Plan } from '../../../shared/contract/operator/plans.ts';
import { counted, people } from '../../components/format.ts';
import type { Tone } from '../../components/tag.tsx';
import { wordingOf } from '../../components/words.ts';

export interface Risk {
  readonly tone: Tone;
  readonly text: string;
}

/** Warnings that the sentences on matches say already. */
const SAID_ABOVE: readonly string[] = ['name_only_match', 'possible_duplicate'];

/** What an approver should look at twice. Empty where a plan has nothing of the kind. */
export function risksOf(plan: Plan, nameOnly: { readonly acknowledged: number; readonly undecided: number }): readonly Risk[] {
  const { summary, decided: { create: declined, skip: skipped } } = plan;
  const risks: Risk[] = [];
  if (nameOnly.acknowledged + nameOnly.undecided > 0) {
    const undecided = nameOnly.undecided === 0 ? 'all acknowledged here' : `${counted(nameOnly.undecided, 'row')} not acknowledged here yet`;
    risks.push({ tone: 'amber', text: `${people(nameOnly.acknowledged + nameOnly.undecided)} found by name alone get a further address: ${undecided}.` });
  }
  if (summary.by_match.NAME_AMBIGUOUS > 0) risks.push({ tone: 'amber', text: `${people(summary.by_match.NAME_AMBIGUOUS)} share a name with several customers and count as new.` });
  if (summary.by_action.BLOCKED > 0) risks.push({ tone: 'red', text: `${counted(summary.by_action.BLOCKED, 'row')} blocked: not written, and listed in the report.` });
  if (declined > 0) risks.push({ tone: 'blue', text: `${counted(declined, 'name match')} declined.`.replace('matchs', 'matches') });
  if (skipped > 0) risks.push({ tone: 'blue', text: `${counted(skipped, 'row')} left out by decision.` });
  for (const [code, count] of Object.entries(summary.warnings)) {
    if (!SAID_ABOVE.includes(code)) risks.push({ tone: 'amber', text: `${counted(count, 'row')}: ${wordingOf(code).reason}` });
  }
  return risks;
}
