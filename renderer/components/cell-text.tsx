import type { ReactNode } from 'react';
import type { FieldChange } from '../../shared/core/plan-row.ts';
import styles from './change-cell.module.css';
import { addedTo, factText } from './fact-text.ts';
import { Shown } from './text.tsx';
import { visibleParts } from './visible-text.ts';

// What stands in a cell of a grid is drawn hundreds of times a second while rows go by, so it is text and as few
// elements as will do; the cell itself keeps the writing direction inside.

/** Text from data: as it is, or with codes for what cannot be seen. */
export function textInCell(text: string): ReactNode {
  const [only, ...more] = visibleParts(text);
  return only === undefined || (only.kind === 'plain' && more.length === 0) ? text : <Shown text={text} />;
}

/** One field of a row: `before → after`, what is added, or a dash where the plan leaves it. */
export function changeInCell(change: FieldChange | undefined, isMasked: boolean): ReactNode {
  if (change === undefined) return '–';
  const added = addedTo(change.before, change.after);
  if (added !== undefined) return <>+ {textInCell(factText([...added], isMasked))}</>;
  const after = textInCell(factText(change.after, isMasked));
  if (change.before === null) return after;
  return <><s className={styles.before}>{textInCell(factText(change.before, isMasked))}</s> → {after}</>;
}
