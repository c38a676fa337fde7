import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { customerStateSchema } from '../../../shared/playbooks/account-prep/customer-state.ts';
import { decideRevert, type RevertDecision } from '../../../shared/playbooks/account-prep/revert.ts';
import { MIGRATION_COMPLETE } from '../../auth/migration-complete.ts';
import { customers, stripeLinks } from '../../directory/customer-relations.ts';
import { customerState } from './customer-state-sql.ts';

/** A customer of a rollback, with what the migration's runs and others have done to the record. */
export type PersonFacts = z.infer<typeof personFactsSchema>;

const personFactsSchema = z.object({
  cohort: z.string(),
  key: z.string(),
  row_no: z.coerce.number(),
  user_id: z.string().nullable(),
  chain: z.array(z.object({ run_id: z.string(), existed: z.boolean(), prior: z.unknown(), left_as: customerStateSchema })),
  was_put_back: z.boolean(),
  now: customerStateSchema.nullable(),
  has_completed: z.boolean(),
  stripe_holder: z.string().nullable(),
  has_password: z.boolean(),
  is_rewritten: z.boolean(),
  is_referred_to: z.boolean(),
});

/** A person with the decision on them. */
export type DecidedPerson = { readonly cohort: string; readonly key: string; readonly row: number; readonly userId: string | null; readonly decision: RevertDecision };

/**
 * Selects the facts of `people` (a query with `ord`, `cohort`, `key`, `row_no`, `user_id`), in their order, by look-ups
 * of their own ids alone. `seesPasswords`: the role may see that there is a password hash; without it the time of the
 * last change says so, and the run looks again.
 */
export function revertFacts(people: RawBuilder<unknown>, migrationId: string, seesPasswords: boolean): RawBuilder<unknown> {
  return sql`
    select p.cohort, p.key, p.row_no, p.user_id, coalesce(c.chain, '[]'::jsonb) as chain,
      exists (select from snapshots s join reverted_snapshots v on v.run_id = s.run_id and v.user_id = s.user_id
        where s.migration_id = ${migrationId} and s.user_id = p.user_id) as was_put_back,
      case when f.id is not null then ${customerState(migrationId)} end as now,
      exists (select from events e where e.migration_id = ${migrationId} and e.user_id = p.user_id and e.name = ${MIGRATION_COMPLETE} and e.state = 'recorded') as has_completed,
      (select l.user_id from ${stripeLinks} l where l.stripe_customer_id = c.chain -> 0 -> 'prior' ->> 'stripe_customer_id') as stripe_holder,
      coalesce(f.password_last_set_at is not null ${seesPasswords ? sql`or f.password_hash is not null` : sql``}, false) as has_password,
      coalesce(f.created_for is not null and (f.role <> 'customer'
        or f.full_name <> (select m.record ->> 'full_name' from cohort_members m where m.cohort = p.cohort and m.key = f.created_for)), false) as is_rewritten,
      exists (select from members m where m.user_id = p.user_id and m.migration_id <> ${migrationId})
        or exists (select from events e where e.user_id = p.user_id and e.state = 'recorded') as is_referred_to
    from (${people}) p
    left join ${customers} f on f.id = p.user_id
    left join lateral (
      select jsonb_agg(jsonb_build_object('run_id', s.run_id, 'existed', s.existed, 'prior', s.prior, 'left_as', s.left_as) order by r.created_at, s.taken_at, s.run_id) as chain
      from snapshots s join runs r on r.id = s.run_id
      where s.migration_id = ${migrationId} and s.user_id = p.user_id
        and not exists (select from reverted_snapshots v where v.run_id = s.run_id and v.user_id = s.user_id)
    ) c on true
    order by p.ord`;
}

export function readPersonFacts(rows: readonly unknown[]): readonly PersonFacts[] {
  return z.array(personFactsSchema).parse(rows);
}

/**
 * Decides on people in their order. `isFreed` says whether whoever holds a Stripe id was put back before, and so has
 * given it up; those of these people that come first count as well.
 */
export function decidePeople(people: readonly PersonFacts[], isFreed: (holderId: string) => boolean): readonly DecidedPerson[] {
  const putBack = new Set<string>();
  return people.map((person) => {
    const decided = decideOne(person, isHeldElsewhere(person, (holder) => putBack.has(holder) || isFreed(holder)));
    if (decided.decision.outcome === 'reverted' && decided.userId !== null) putBack.add(decided.userId);
    return decided;
  });
}

/** Whether somebody else has the Stripe id that this person had, and does not give it up. */
export function isHeldElsewhere(person: PersonFacts, isFreed: (holderId: string) => boolean): boolean {
  const holder = person.stripe_holder;
  return holder !== null && holder !== person.user_id && !isFreed(holder);
}

/** Decides on one person. `isHeld`: somebody else has their former Stripe id when it is their turn. */
export function decideOne(person: PersonFacts, isHeld: boolean): DecidedPerson {
  const decision = decideRevert({
    chain: person.chain.map(({ run_id: runId, existed, prior, left_as: leftAs }) => ({ runId, prior: existed ? customerStateSchema.parse(prior) : null, leftAs })),
    wasPutBack: person.was_put_back,
    now: person.now,
    hasCompleted: person.has_completed,
    stripeHolder: isHeld ? 'someone_else' : person.stripe_holder === person.user_id ? 'target' : 'nobody',
    profile: { hasPassword: person.has_password, isRewritten: person.is_rewritten, isReferredTo: person.is_referred_to },
  });
  return { cohort: person.cohort, key: person.key, row: person.row_no, userId: person.user_id, decision };
}
