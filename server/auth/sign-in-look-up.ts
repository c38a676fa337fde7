import { z } from 'zod';
import type { SignInLimits } from '../config/config-file.ts';
import { directory } from '../directory/directory.ts';
import type { KeptStatement } from '../store/engine.ts';
import type { Attempt } from './attempt-limits.ts';
import { withoutWaitingForDisk } from './end-attempt.ts';
import type { SignInStatements } from './short-waits.ts';

const signInFactsSchema = z.object({
  user_id: z.string(),
  password_hash: z.string().nullable(),
  must_reset_password: z.boolean(),
  migration_id: z.string().nullable(),
  is_flag_on: z.boolean(),
  credential_id: z.string().nullable(),
  credential_hmac: z.string().nullable(),
  is_credential_live: z.boolean(),
  confirms_by_email: z.boolean(),
  validation_key_id: z.string().nullable(),
  test_run_id: z.string().nullable(),
});

/** What is known of the account behind an address, read at one moment; nothing of it decides by itself. */
export type SignInFacts = z.infer<typeof signInFactsSchema>;

/** Which limit holds an attempt back. */
export type LimitKind = 'address' | 'breaker' | 'account';

export type SignInLookUp =
  | { readonly admitted: false; readonly limit: LimitKind; readonly retryAfterSeconds: number }
  /** `facts` is null for an address that nobody has. */
  | { readonly admitted: true; readonly facts: SignInFacts | null };

const admissionSchema = z.object({ limited_by: z.enum(['address', 'breaker', 'account']).nullable(), retry_after_seconds: z.number().nullable() });

/**
 * Counts an attempt, says whether it may be judged at all, and reads what decides it, in one statement: a sign-in must cost
 * little beside its argon2id, and the same for everybody (A4). Limits hold for accounts that do not exist as for those that
 * do, by the database's clock, for all server processes together. The address is judged first, then the breaker, then the
 * account: what a blocked address tries counts against no account, or it could lock everybody out.
 *
 * While validation has changed a test user's password, everybody but validation is still judged by the former one: the
 * customer must not notice (A14). An address that a migration added is nobody's while that migration still holds the
 * account and its flag is off: sign-in is then as it was before (A15).
 * @param asked `email` folded, null for what is no address; `validationKeyHash` of the key that came along, null without.
 */
export async function lookUpSignIn(
  store: SignInStatements,
  attempt: Attempt,
  asked: { readonly email: string | null; readonly validationKeyHash: string | null },
  limits: SignInLimits,
): Promise<SignInLookUp> {
  const [row] = await store.runSignIn(lookUp, [
    attempt.account,
    attempt.address,
    asked.email,
    asked.validationKeyHash,
    limits.attemptsPerAccount,
    limits.attemptsPerAddressAMinute,
    limits.breakerAccountsPerAddress,
  ]);
  const { limited_by: limit, retry_after_seconds: retryAfterSeconds } = admissionSchema.parse(row);
  if (limit !== null) return { admitted: false, limit, retryAfterSeconds: retryAfterSeconds ?? 0 };
  return { admitted: true, facts: row?.['user_id'] === null ? null : signInFactsSchema.parse(row) };
}

/**
 * No boundary between windows lets twice as many through. The account keeps the times of its latest attempts; the address, which
 * may have many, how many there were in slices of five seconds: the running one and the twelve before it.
 */
const lookUp: KeptStatement = {
  name: 'sign-in-look-up',
  text: `
with by_address as (
  insert into sign_in_addresses as known (address, window_started_at, attempt_count, slices) values ($2::text, date_bin('5 seconds', now(), timestamptz 'epoch'), 1, '{1}')
  on conflict (address) do update set (window_started_at, attempt_count, slices) = (
    select greatest(known.window_started_at, running.began_at), counted.before + 1,
      (coalesce(slid.slices[1], 0) + case when counted.before < $6::int then 1 else 0 end) || slid.slices[2:13]
    from (select date_bin('5 seconds', now(), timestamptz 'epoch') as began_at) running
    cross join lateral (select least(13, greatest(0, (extract(epoch from running.began_at - known.window_started_at) / 5)::int)) as steps) since
    cross join lateral (select (array_fill(0::bigint, array[since.steps]) || known.slices)[1:13] as slices) slid
    cross join lateral (select coalesce(sum(n), 0)::bigint as before from unnest(slid.slices) n) counted)
  returning attempt_count <= $6::int as is_admitted,
    window_started_at + (14 - coalesce((select max(place) from unnest(slices) with ordinality s (n, place) where n > 0), 1)) * interval '5 seconds' as opens_at
), by_spread as (
  select count(*) < $7::int as is_admitted, coalesce(min(seen_at), now()) + interval '10 minutes' as opens_at
  from (select seen_at from sign_in_spread where address = $2::text and seen_at > now() - interval '10 minutes'
    order by seen_at desc limit $7::int) recent
), by_account as (
  insert into sign_in_attempts as known (account, attempts)
  select $1::text, array[now()] from by_address, by_spread where by_address.is_admitted and by_spread.is_admitted
  on conflict (account) do update set attempts = (
    select case when cardinality(recent.times) >= $5::int then recent.times else recent.times || now() end
    from (select coalesce(array_agg(t order by t), '{}') as times from unnest(known.attempts) t where t > now() - interval '15 minutes') recent)
  returning attempts[cardinality(attempts)] = now() as is_admitted, attempts[1] + interval '15 minutes' as opens_at
), admission as (
  select
    case when not a.is_admitted then 'address' when not s.is_admitted then 'breaker' when not c.is_admitted then 'account' end as limited_by,
    case when not a.is_admitted then a.opens_at when not s.is_admitted then s.opens_at else c.opens_at end as opens_at
  from by_address a cross join by_spread s left join by_account c on true
)
select d.limited_by, extract(epoch from d.opens_at - now())::float8 as retry_after_seconds, facts.*,
  -- Waiting for the disk here would make every attempt of an address wait for the last.
  ${withoutWaitingForDisk}
from admission d
left join lateral (
  select u.id as user_id,
    case when v.user_id is null then u.password_hash else v.prior_password_hash end as password_hash,
    u.must_reset_password,
    m.migration_id,
    coalesce(f.enabled, false) as is_flag_on,
    c.id as credential_id,
    c.hmac as credential_hmac,
    c.id is not null and c.suspended_at is null and (c.expires_at is null or c.expires_at > now()) as is_credential_live,
    coalesce((g.settings ->> 'confirm_by_email')::boolean, false) as confirms_by_email,
    k.id as validation_key_id,
    k.run_id as test_run_id
  from ${directory.addresses} e
  join ${directory.customers} u on u.id = e.user_id
  left join validation_changes v on v.user_id = u.id and v.restored_at is null and v.left_password_hash = u.password_hash
  left join members m on m.user_id = u.id and m.state = 'armed'
  left join migrations g on g.id = m.migration_id
  left join feature_flags f on f.name = g.flag
  left join temp_credentials c on c.migration_id = m.migration_id and c.revoked_at is null
  left join (validation_keys k join test_sets t on t.run_id = k.run_id and t.state = 'open' join test_members tm on tm.run_id = k.run_id and tm.user_id = k.user_id)
    on k.user_id = u.id and k.key_hash = $4::text and k.used_at is null and k.voided_at is null
      and t.migration_id = m.migration_id and t.credential_id = c.id and tm.key = e.email
  where e.email = $3::text and not (e.kind = 'added' and m.key is not null and m.key = e.email and not coalesce(f.enabled, false))
  limit 1
) facts on d.limited_by is null`,
};
