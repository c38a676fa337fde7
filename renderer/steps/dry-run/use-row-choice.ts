import { useCallback, useRef, useState } from 'react';
import { CHOSEN_MAX, isChosen, nothingChosen, withRows, type RowChoice } from './row-choice.ts';

/** Rows chosen in a grid, one by one or from one to another. */
export interface ChosenRows {
  readonly choice: RowChoice;
  /** Why what was asked was not chosen. */
  readonly refusal: string | undefined;
  set(choice: RowChoice): void;
  toggle(row: number, place: number): void;
  /** Chooses all from the place that was chosen last to this one. */
  extend(place: number): void;
}

const TOO_MANY = `At most ${CHOSEN_MAX.toLocaleString('en')} rows are chosen one by one. Narrow the rows with a filter, then choose all that it shows.`;

/** `numbersBetween` gives the numbers of the rows between two places of what is shown. */
export function useRowChoice(numbersBetween: (first: number, count: number) => Promise<readonly number[]>): ChosenRows {
  const [choice, setChoice] = useState<RowChoice>(nothingChosen);
  const [refusal, setRefusal] = useState<string | undefined>(undefined);
  const anchor = useRef<number | undefined>(undefined);
  const between = useRef(numbersBetween);
  between.current = numbersBetween;

  const change = useCallback((rows: readonly number[], isIn: boolean | undefined) => {
    setChoice((known) => {
      const first = rows[0];
      const next = withRows(known, rows, isIn ?? (first !== undefined && !isChosen(known, first)));
      setRefusal(next === undefined ? TOO_MANY : undefined);
      return next ?? known;
    });
  }, []);
  return {
    choice,
    refusal,
    set(next) {
      anchor.current = undefined;
      setRefusal(undefined);
      setChoice(next);
    },
    toggle(row, place) {
      anchor.current = place;
      change([row], undefined);
    },
    extend(place) {
      const from = anchor.current ?? place;
      const first = Math.min(from, place);
      const count = Math.abs(from - place) + 1;
      if (count > CHOSEN_MAX) return setRefusal(TOO_MANY);
      // What cannot be fetched is said by the grid, which fetches the same rows.
      void between.current(first, count).then((rows) => change(rows, true)).catch(() => undefined);
    },
  };
}
