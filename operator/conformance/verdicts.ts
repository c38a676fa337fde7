import { type ClauseId, clauseIds, clauseTitles } from './clauses.ts';

export type Verdict = 'holds' | 'broken' | 'not_checked';

/** What became of one clause. `detail` says what was seen; empty where it holds and there is no more to say. */
export type ClauseResult = { readonly id: ClauseId; readonly title: string; readonly verdict: Verdict; readonly detail: string };

/** Something is not as the contract says. The message is for people: what was asked, what came, what should have. */
export class Broken extends Error {}

/** A clause that cannot be looked at here: a token is missing, an earlier step did not happen. */
export class NotChecked extends Error {}

/** The person has left: no further clause is looked at. The message says what stays, in sentences. */
export class TrialInterrupted extends Error {
  override readonly name = 'TrialInterrupted';
}

/** Collects verdicts. A clause that was found broken once stays broken, whatever else is seen of it. */
export interface Verdicts {
  /**
   * Looks at a clause. What `work` gives is what later steps go on with; undefined where it did not come that far.
   * A fault of the other side is its verdict.
   * @throws TrialInterrupted alone, before a clause is looked at
   */
  check<Result>(id: ClauseId, work: () => Promise<Result>): Promise<Result | undefined>;
  /** Enters what was seen in passing. */
  enter(id: ClauseId, verdict: Verdict, detail: string): void;
  results(): readonly ClauseResult[];
}

/** `progress` hears of every clause that is about to be looked at; once `interrupted`, none is looked at any more. */
export function createVerdicts(progress: (title: string) => void, interrupted?: AbortSignal): Verdicts {
  const seen = new Map<ClauseId, { readonly verdict: Verdict; readonly detail: string }>();

  function enter(id: ClauseId, verdict: Verdict, detail: string): void {
    const before = seen.get(id);
    if (before === undefined || weight[verdict] > weight[before.verdict]) seen.set(id, { verdict, detail });
  }

  return {
    enter,
    async check(id, work) {
      if (interrupted?.aborted === true) throw new TrialInterrupted('Interrupted.');
      progress(clauseTitles[id]);
      try {
        const result = await work();
        enter(id, 'holds', '');
        return result;
      } catch (thrown) {
        if (thrown instanceof TrialInterrupted) throw thrown;
        if (thrown instanceof NotChecked) enter(id, 'not_checked', thrown.message);
        else enter(id, 'broken', thrown instanceof Broken ? thrown.message : `The check could not go on: ${thrown instanceof Error ? thrown.name : typeof thrown}.`);
        return undefined;
      }
    },
    results: () =>
      clauseIds.map((id) => {
        const { verdict, detail } = seen.get(id) ?? { verdict: 'not_checked', detail: 'Nothing that was done here shows it.' };
        return { id, title: clauseTitles[id], verdict, detail };
      }),
  };
}

const weight: Readonly<Record<Verdict, number>> = { not_checked: 0, holds: 1, broken: 2 };

/** What an earlier step must have brought. @throws NotChecked naming what is missing */
export function need<Value>(value: Value | undefined, missing: string): Value {
  if (value === undefined) throw new NotChecked(`Not reached: ${missing}.`);
  return value;
}

/** @throws Broken with the sentence, unless `isSo` */
export function expectThat(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Broken(otherwise);
}
