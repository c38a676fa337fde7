import { sql } from 'kysely';
import { z } from 'zod';
import type { SignInLimits } from '../config/config-file.ts';
import type { SignInTx } from '../store/store.ts';

const ACCOUNT_WINDOW = '15 minutes';
const ADDRESS_WINDOW = '1 minute';
const SPREAD_WINDOW = '10 minutes';

/** Who tries, as keyed hashes: neither network addresses nor what was typed stands in these tables. */
export type Attempt = { readonly account: string; readonly address: string };

export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly retryAfterSeconds: number };

const admissionSchema = z.object({ is_admitted: z.boolean(), retry_after_seconds: z.coerce.number() });

/**
 * Counts an attempt and says whether it may be judged at all. Limits hold for accounts that do not exist as for those
 * that do, so that nobody can be told apart by them. By the database's clock, for all server processes together. The
 * address is judged first, and what a blocked one tries counts against no account: it could lock everybody out.
 */
export async function admitAttempt(tx: SignInTx, attempt: Attempt, limits: SignInLimits): Promise<Admission> {
  for (const admit of [admitAddress, admitSpread, admitAccount]) {
    const admission = await admit(tx, attempt, limits);
    if (!admission.admitted) return admission;
  }
  return { admitted: true };
}

/**
 * Asks the breaker once more when an attempt has been judged, one attempt of an address after the other: of many that were
 * sent at once none had been recorded when the others were admitted. To be asked before {@link recordSpread}.
 */
export async function stillAdmitSpread(tx: SignInTx, attempt: Attempt, limits: SignInLimits): Promise<Admission> {
  await sql`select address from sign_in_addresses where address = ${attempt.address} for update`.execute(tx);
  return admitSpread(tx, attempt, limits);
}

/**
 * Remembers that an account was refused, or opened with a temporary password, from this address. Sign-ins with one's own
 * password do not count: an office behind one address is no attack (A4).
 */
export async function recordSpread(tx: SignInTx, attempt: Attempt): Promise<void> {
  await sql`insert into sign_in_spread (address, account, seen_at) values (${attempt.address}, ${attempt.account}, now())
    on conflict (address, account) do update set seen_at = now()`.execute(tx);
}

/** Drops counters that can refuse nobody any more. */
export async function forgetOldAttempts(tx: SignInTx): Promise<void> {
  await sql`delete from sign_in_spread where seen_at < now() - ${SPREAD_WINDOW}::interval`.execute(tx);
  await sql`delete from sign_in_addresses where window_started_at < now() - ${ADDRESS_WINDOW}::interval`.execute(tx);
  await sql`delete from sign_in_attempts where attempts[cardinality(attempts)] < now() - ${ACCOUNT_WINDOW}::interval`.execute(tx);
}

/** The times of the latest attempts are kept, so that no boundary between windows lets twice as many through. */
async function admitAccount(tx: SignInTx, attempt: Attempt, limits: SignInLimits): Promise<Admission> {
  const result = await sql<Record<string, unknown>>`
    insert into sign_in_attempts as known (account, attempts) values (${attempt.account}, array[now()])
    on conflict (account) do update set attempts = (
      select case when cardinality(recent.times) >= ${limits.attemptsPerAccount}::int then recent.times else recent.times || now() end
      from (select coalesce(array_agg(t order by t), '{}') as times from unnest(known.attempts) t where t > now() - ${ACCOUNT_WINDOW}::interval) recent
    )
    returning attempts[cardinality(attempts)] = now() as is_admitted,
      extract(epoch from attempts[1] + ${ACCOUNT_WINDOW}::interval - now()) as retry_after_seconds`.execute(tx);
  return admission(result.rows[0]);
}

async function admitAddress(tx: SignInTx, attempt: Attempt, limits: SignInLimits): Promise<Admission> {
  const result = await sql<Record<string, unknown>>`
    insert into sign_in_addresses as known (address, window_started_at, attempt_count) values (${attempt.address}, now(), 1)
    on conflict (address) do update set
      window_started_at = case when known.window_started_at > now() - ${ADDRESS_WINDOW}::interval then known.window_started_at else now() end,
      attempt_count = case when known.window_started_at > now() - ${ADDRESS_WINDOW}::interval then known.attempt_count + 1 else 1 end
    returning attempt_count <= ${limits.attemptsPerAddressAMinute}::int as is_admitted,
      extract(epoch from window_started_at + ${ADDRESS_WINDOW}::interval - now()) as retry_after_seconds`.execute(tx);
  return admission(result.rows[0]);
}

/** The breaker: one word that opens many accounts, or one list tried over many, shows by how many accounts it meets. */
async function admitSpread(tx: SignInTx, attempt: Attempt, limits: SignInLimits): Promise<Admission> {
  const result = await sql<Record<string, unknown>>`
    select count(*) < ${limits.breakerAccountsPerAddress}::int as is_admitted,
      extract(epoch from coalesce(min(seen_at), now()) + ${SPREAD_WINDOW}::interval - now()) as retry_after_seconds
    from (select seen_at from sign_in_spread
      where address = ${attempt.address} and seen_at > now() - ${SPREAD_WINDOW}::interval
      order by seen_at desc limit ${limits.breakerAccountsPerAddress}::int) recent`.execute(tx);
  return admission(result.rows[0]);
}

function admission(row: Record<string, unknown> | undefined): Admission {
  const { is_admitted: isAdmitted, retry_after_seconds: retryAfterSeconds } = admissionSchema.parse(row);
  return isAdmitted ? { admitted: true } : { admitted: false, retryAfterSeconds };
}
