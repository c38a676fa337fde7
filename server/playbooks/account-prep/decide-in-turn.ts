import { decideOne, isHeldElsewhere, type DecidedPerson, type PersonFacts } from './revert-facts.ts';

/** Decisions on the people of one rollback, in an order in which they can be put back. */
export type DecisionsInTurn = {
  /** Decides on the next people. `isFreed` says whether whoever holds a Stripe id was put back among earlier ones. */
  readonly decide: (people: readonly PersonFacts[], isFreed: (holderId: string) => boolean) => readonly DecidedPerson[];
  /** Decides, when all were seen, on those whose Stripe id nobody gives up: it belongs to somebody who is kept or is none of them. */
  readonly rest: () => readonly DecidedPerson[];
};

/**
 * Whoever waits for nothing but a Stripe id that somebody else has comes right after that somebody, whichever of them was
 * written last: the id is then free when it is their turn (A20). Those who wait are held here; an id that changes hands is rare.
 */
export function decisionsInTurn(): DecisionsInTurn {
  const waiting = new Map<string, PersonFacts[]>();
  return {
    decide(people, isFreed) {
      const decided: DecidedPerson[] = [];
      const putBack = new Set<string>();
      for (const next of people) {
        const holder = next.stripe_holder;
        const isHeld = isHeldElsewhere(next, (id) => putBack.has(id) || isFreed(id));
        if (holder !== null && isHeld && decideOne(next, false).decision.outcome === 'reverted') {
          waiting.set(holder, [...(waiting.get(holder) ?? []), next]);
          continue;
        }
        // Others may wait for whoever has waited.
        for (const turn: { readonly person: PersonFacts; readonly isHeld: boolean }[] = [{ person: next, isHeld }]; ; ) {
          const one = turn.shift();
          if (one === undefined) break;
          const outcome = decideOne(one.person, one.isHeld);
          decided.push(outcome);
          if (outcome.decision.outcome !== 'reverted' || outcome.userId === null) continue;
          putBack.add(outcome.userId);
          turn.push(...(waiting.get(outcome.userId) ?? []).map((person) => ({ person, isHeld: false })));
          waiting.delete(outcome.userId);
        }
      }
      return decided;
    },
    rest: () => [...waiting.values()].flat().map((person) => decideOne(person, true)),
  };
}
