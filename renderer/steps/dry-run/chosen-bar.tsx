import { Button } from '@mantine/core';
import { useState } from 'react';
import { counted, formatCount } from '../../components/format.ts';
import type { PlanReview } from '../plan-review.ts';
import { allOf, chosenCount, nothingChosen, selectionOf } from './row-choice.ts';
import styles from './dry-run.module.css';
import type { PlanFilter } from './plan-filter.ts';
import { filterInput } from './plan-filter.ts';
import type { ChosenRows } from './use-row-choice.ts';

type Asked = 'skip' | 'create' | 'undecided';

/** What can be decided about the chosen rows for the next plan; each decision can be taken back until then. */
export function ChosenBar({ chosen, review, filter, shown }: { readonly chosen: ChosenRows; readonly review: PlanReview; readonly filter: PlanFilter; readonly shown: number | undefined }) {
  const [said, setSaid] = useState<string | undefined>(undefined);
  const selection = selectionOf(chosen.choice);
  const count = chosenCount(chosen.choice);
  const decide = async (as: Asked): Promise<void> => {
    if (selection === undefined) return;
    const done = await review.decide(selection, as);
    if (done === undefined) return;
    setSaid(outcomeOf(as, done.chosen, done.decided));
    chosen.set(nothingChosen);
  };
  return (
    <div className={styles.chosen} role="group" aria-label="Chosen rows">
      <span role="status" className={styles.meaning}>{count > 0 ? `${counted(count, 'row')} chosen` : (said ?? 'Choose rows to leave them out of the next plan: click, Shift-click, or the key X.')}</span>
      {chosen.refusal !== undefined && <span role="alert">{chosen.refusal}</span>}
      {shown !== undefined && shown > 0 && !(chosen.choice.kind === 'all' && chosen.choice.except.size === 0) && (
        <Button size="compact-xs" variant="default" onClick={() => chosen.set(allOf(filterInput(filter), shown))}>Choose all {formatCount(shown)} shown</Button>
      )}
      {count > 0 && (
        <>
          <Button size="compact-xs" variant="default" loading={review.busy} onClick={() => void decide('skip')}>Leave them out</Button>
          <Button size="compact-xs" variant="default" loading={review.busy} onClick={() => void decide('create')}>Decline name matches: new profiles</Button>
          <Button size="compact-xs" variant="default" loading={review.busy} onClick={() => void decide('undecided')}>Put them back in</Button>
          <Button size="compact-xs" variant="subtle" onClick={() => chosen.set(nothingChosen)}>Choose none</Button>
        </>
      )}
    </div>
  );
}

const done: Readonly<Record<Asked, string>> = { skip: 'left out of the next plan', create: 'declined in the next plan', undecided: 'put back into the next plan' };
const notFitting: Readonly<Record<Asked, string>> = {
  skip: 'nothing would be written of them',
  create: 'they were not found by name alone',
  undecided: 'nothing was decided about them',
};

function outcomeOf(as: Asked, chosen: number, decided: number): string {
  const rest = chosen - decided;
  return `${counted(decided, 'row')} ${done[as]}.${rest === 0 ? '' : ` ${counted(rest, 'row')} stay as they are: ${notFitting[as]}.`}`;
}
