import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CustomerState } from './customer-state.ts';
import { decideRevert, isSameRevert, type RevertInput } from './revert.ts';

const SEED = 20_250_809;

const prior: CustomerState = {
  must_reset_password: false,
  migration_cohort: null,
  migration_source_file: null,
  password_last_set_at: '2024-01-02T03:04:05+00:00',
  password_set_method: 'own',
  stripe_customer_id: 'cus_old',
  emails: ['old@example.org'],
  arming: null,
};
const left: CustomerState = { ...prior, must_reset_password: true, migration_cohort: 'tag', migration_source_file: 'f.csv', stripe_customer_id: 'cus_new', emails: ['new@example.org', 'old@example.org'], arming: { state: 'armed', armed_by_run: 'r1' } };
const unused = { hasPassword: false, isRewritten: false, isReferredTo: false };
const input: RevertInput = { chain: [{ runId: 'r1', prior, leftAs: left }], wasPutBack: false, now: left, hasCompleted: false, stripeHolder: 'nobody', profile: unused };

describe('a rollback of one customer', () => {
  it('goes back to the state of before the run, and names what changes', () => {
    expect(decideRevert(input)).toMatchObject({
      outcome: 'reverted',
      to: prior,
      runIds: ['r1'],
      before: { 'auth.must_reset_password': true, stripe_customer_id: 'cus_new', emails: ['new@example.org', 'old@example.org'] },
      after: { 'auth.must_reset_password': false, stripe_customer_id: 'cus_old', emails: ['old@example.org'] },
    });
  });

  it('takes the same moment written in another time zone for the same', () => {
    expect(decideRevert({ ...input, now: { ...left, password_last_set_at: '2024-01-02T05:04:05+02:00' } }).outcome).toBe('reverted');
  });

  it('goes back to before the first of several runs, and not past a change between them', () => {
    const second: CustomerState = { ...left, migration_source_file: 'g.csv', arming: { state: 'armed', armed_by_run: 'r2' } };
    const chain = [...input.chain, { runId: 'r2', prior: left, leftAs: second }];
    expect(decideRevert({ ...input, chain, now: second })).toMatchObject({ outcome: 'reverted', to: prior, runIds: ['r1', 'r2'] });
    const changedBetween = [...input.chain, { runId: 'r2', prior: { ...left, stripe_customer_id: 'cus_mine' }, leftAs: second }];
    expect(decideRevert({ ...input, chain: changedBetween, now: second })).toMatchObject({ outcome: 'kept_changed_since', planned: { stripe_customer_id: 'cus_new' }, now: { stripe_customer_id: 'cus_mine' } });
  });

  it('keeps whoever has set a password, whatever else is as it was', () => {
    expect(decideRevert({ ...input, hasCompleted: true })).toMatchObject({ outcome: 'kept_changed_since', planned: { completed: false }, now: { completed: true } });
  });

  it('keeps a customer whose Stripe id of before belongs to somebody else, without a name', () => {
    expect(decideRevert({ ...input, stripeHolder: 'someone_else' })).toMatchObject({ outcome: 'kept_changed_since', now: { stripe_holder: 'someone_else' } });
  });

  it('removes a profile that the run made only while it is unused', () => {
    const made: RevertInput = { ...input, chain: [{ runId: 'r1', prior: null, leftAs: left }] };
    expect(decideRevert(made)).toMatchObject({ outcome: 'reverted', removesProfile: true, to: null });
    for (const use of ['hasPassword', 'isRewritten', 'isReferredTo'] as const) {
      expect(decideRevert({ ...made, profile: { ...unused, [use]: true } })).toMatchObject({ outcome: 'kept_changed_since', planned: { profile: 'unused' } });
    }
  });

  it('finds nothing where no run wrote, where it was put back, and where the profile is gone', () => {
    expect(decideRevert({ ...input, chain: [] })).toMatchObject({ outcome: 'nothing_to_revert', reason: expect.stringContaining('No run') as unknown });
    expect(decideRevert({ ...input, chain: [], wasPutBack: true })).toMatchObject({ outcome: 'nothing_to_revert', reason: expect.stringContaining('earlier rollback') as unknown });
    expect(decideRevert({ ...input, now: null }).outcome).toBe('nothing_to_revert');
  });
});

const text = fc.constantFrom(null, 'a', 'b', 'c');
const stateArbitrary: fc.Arbitrary<CustomerState> = fc.record({
  must_reset_password: fc.boolean(),
  migration_cohort: text,
  migration_source_file: text,
  password_last_set_at: fc.constantFrom(null, '2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z'),
  password_set_method: text,
  stripe_customer_id: text,
  emails: fc.uniqueArray(fc.constantFrom('a@example.org', 'b@example.org', 'c@example.org'), { minLength: 1 }),
  arming: fc.constantFrom(null, { state: 'armed', armed_by_run: 'r1' }, { state: 'armed', armed_by_run: 'r2' }),
});
const inputArbitrary: fc.Arbitrary<RevertInput> = fc.record({
  chain: fc.array(fc.record({ runId: fc.constantFrom('r1', 'r2', 'r3'), prior: fc.option(stateArbitrary), leftAs: stateArbitrary }), { maxLength: 3 }),
  wasPutBack: fc.boolean(),
  now: fc.option(stateArbitrary),
  hasCompleted: fc.boolean(),
  stripeHolder: fc.constantFrom('nobody', 'target', 'someone_else'),
  profile: fc.record({ hasPassword: fc.boolean(), isRewritten: fc.boolean(), isReferredTo: fc.boolean() }),
});

/** Chains as runs leave them, each taken up where the one before ended, and half of them still so. */
const unbrokenArbitrary = fc.tuple(inputArbitrary, fc.array(stateArbitrary, { minLength: 2, maxLength: 4 }), fc.boolean(), fc.boolean()).map(([any, states, isUntouched, isMade]): RevertInput => {
  const chain = states.slice(1).map((leftAs, index) => ({ runId: `r${String(index)}`, prior: isMade && index === 0 ? null : (states[index] ?? null), leftAs }));
  return { ...any, chain, now: isUntouched ? (states.at(-1) ?? null) : any.now };
});

type Decide = (input: RevertInput) => ReturnType<typeof decideRevert>;
const sorted = (state: CustomerState): string => JSON.stringify({ ...state, emails: [...state.emails].sort() });

/** The law: what somebody changed after a run, or began to use, is never put back; what is untouched is, and whole. */
function holds(decide: Decide, input: RevertInput): boolean {
  const decision = decide(input);
  const last = input.chain.at(-1);
  if (decision.outcome !== 'reverted') {
    const isFree = !input.hasCompleted && input.stripeHolder !== 'someone_else';
    const isUntouched = last !== undefined && input.now !== null && sorted(input.now) === sorted(last.leftAs);
    const isUnbroken = input.chain.every(({ leftAs }, index) => index === input.chain.length - 1 || sorted(leftAs) === sorted(input.chain[index + 1]?.prior ?? leftAs));
    return !(isFree && isUntouched && isUnbroken && input.chain[0]?.prior !== null);
  }
  if (last === undefined || input.now === null || input.hasCompleted || sorted(input.now) !== sorted(last.leftAs)) return false;
  const first = input.chain[0]?.prior ?? null;
  if (first === null) return decision.removesProfile && !Object.values(input.profile).includes(true);
  return input.stripeHolder !== 'someone_else' && decision.to !== null && sorted(decision.to) === sorted(first) && !decision.removesProfile;
}

const mutants: Readonly<Record<string, Decide>> = {
  'revert field by field, whatever was changed since': (given) => {
    const decision = decideRevert({ ...given, now: given.chain.at(-1)?.leftAs ?? null });
    return decision.outcome === 'reverted' ? decision : decideRevert(given);
  },
  'ignore left_as': (given) => decideRevert({ ...given, chain: given.chain.map((snapshot) => ({ ...snapshot, leftAs: given.now ?? snapshot.leftAs })) }),
  'delete a used profile': (given) => decideRevert({ ...given, profile: unused }),
  'go back to before the last run alone': (given) => decideRevert({ ...given, chain: given.chain.slice(-1) }),
  'never put anybody back': (given) => ({ ...decideRevert({ ...given, chain: [] }) }),
};

describe(`the law of rollback (seed ${String(SEED)})`, () => {
  const either = fc.oneof(inputArbitrary, unbrokenArbitrary);

  it('holds', () => {
    fc.assert(fc.property(either, (given) => holds(decideRevert, given)), { seed: SEED, numRuns: 5000 });
  });

  it.each(Object.entries(mutants))('is broken by: %s', (_name, mutant) => {
    expect(fc.check(fc.property(either, (given) => holds(mutant, given)), { seed: SEED, numRuns: 5000 }).failed).toBe(true);
  });

  it('a decision is the same as itself, and as no other one', () => {
    fc.assert(
      fc.property(either, stateArbitrary, (given, other) => {
        const decision = decideRevert(given);
        if (decision.outcome !== 'reverted') return !isSameRevert(decision, decision);
        const elsewhere = { ...decision, to: other };
        return isSameRevert(decision, decision) && isSameRevert(decision, elsewhere) === (decision.to !== null && sorted(other) === sorted(decision.to));
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});
