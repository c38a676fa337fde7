import { sql } from 'kysely';
import type { SignInTx } from '../store/store.ts';
import { networkOf } from './network-address.ts';
import { keyedHash } from './keyed-hash.ts';

/** Who tries, as keyed hashes: neither network addresses nor what was typed stands in these tables. */
export type Attempt = { readonly account: string; readonly address: string };

/** The attempt on an account (its folded address, or what was typed where that is none) from a network address. */
export function attemptOf(secretKey: Uint8Array, account: string, address: string): Attempt {
  return { account: keyedHash(secretKey, 'sign-in-account', account), address: keyedHash(secretKey, 'sign-in-address', networkOf(address)) };
}

/** Drops counters that can refuse nobody any more. */
export async function forgetOldAttempts(tx: SignInTx): Promise<void> {
  await sql`delete from sign_in_spread where seen_at < now() - interval '10 minutes'`.execute(tx);
  await sql`delete from sign_in_addresses where window_started_at < now() - interval '2 minutes'`.execute(tx);
  await sql`delete from sign_in_attempts where attempts[cardinality(attempts)] < now() - interval '15 minutes'`.execute(tx);
}
