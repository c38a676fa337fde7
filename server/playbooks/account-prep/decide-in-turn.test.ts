import { describe, expect, it } from 'vitest';
import type { CustomerState } from '../../../shared/playbooks/account-prep/customer-state.ts';
import { decisionsInTurn } from './decide-in-turn.ts';
import { decidePeople, type PersonFacts } from './revert-facts.ts';

const stateWith = (stripeId: string): CustomerState => ({
  must_reset_password: false, migration_cohort: null, migration_source_file: null, password_last_set_at: null, password_set_method: null,
  stripe_customer_id: stripeId, emails: [], arming: null,
});

/** Somebody whose former Stripe id `holder` has now, or nobody. */
const person = (id: string, holder: string | null, isChanged = false): PersonFacts => ({
  cohort: 'c', key: id, row_no: 1, user_id: id,
  chain: [{ run_id: 'r', existed: true, prior: stateWith(`former ${id}`), left_as: stateWith(`now ${id}`) }],
  was_put_back: false, now: stateWith(isChanged ? 'another' : `now ${id}`), has_completed: false, stripe_holder: holder, has_password: false, is_rewritten: false, is_referred_to: false,
});

/** Decides page by page as a preview does; gives who comes when, and what becomes of them. */
function decided(pages: readonly (readonly PersonFacts[])[]): string[] {
  const turns = decisionsInTurn();
  const putBack = new Set<string>();
  const people = pages.flatMap((page) => {
    const outcome = turns.decide(page, (holder) => putBack.has(holder));
    for (const { key, decision } of outcome) if (decision.outcome === 'reverted') putBack.add(key);
    return outcome;
  });
  return [...people, ...turns.rest()].map(({ key, decision }) => `${key} ${decision.outcome}`);
}

describe('people of a rollback come in an order in which they can be put back', () => {
  it.each<[string, PersonFacts[][], string[]]>([
    ['as they came where nobody waits', [[person('a', null), person('b', null)]], ['a reverted', 'b reverted']],
    ['right after whoever has their former Stripe id', [[person('a', 'b'), person('x', null), person('b', null), person('y', null)]], ['x reverted', 'b reverted', 'a reverted', 'y reverted']],
    ['along a chain, over pages', [[person('a', 'b')], [person('b', 'c')], [person('c', null)]], ['c reverted', 'b reverted', 'a reverted']],
    ['behind somebody of an earlier page', [[person('b', null)], [person('a', 'b')]], ['b reverted', 'a reverted']],
    ['or are kept where that somebody is kept', [[person('a', 'b'), person('b', null, true)]], ['b kept_changed_since', 'a kept_changed_since']],
    ['or is none of them', [[person('a', 'outsider'), person('b', null)]], ['b reverted', 'a kept_changed_since']],
    ['or waits for them in turn', [[person('a', 'b'), person('b', 'a')]], ['a kept_changed_since', 'b kept_changed_since']],
    ['and nobody waits who is kept for another reason', [[person('a', 'b', true), person('b', null)]], ['a kept_changed_since', 'b reverted']],
  ])('%s', (_what, pages, expected) => {
    expect(decided(pages)).toEqual(expected);
    // When it starts, everybody is decided on again in the order of the query, and comes out alike.
    const reverted = new Set(expected.flatMap((line) => (line.endsWith(' reverted') ? [line.split(' ')[0]] : [])));
    const again = decidePeople(pages.flat(), (holder) => reverted.has(holder));
    expect(new Set(again.filter(({ decision }) => decision.outcome === 'reverted').map(({ key }) => key))).toEqual(reverted);
  });
});
