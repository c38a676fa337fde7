import { sql } from 'kysely';
import type { RunnerTx } from '../store/store.ts';
import { keyedHash, tokenHash } from './keyed-hash.ts';

/**
 * A test user's validation key. It is derived, not drawn: the answer that first gave it is not kept in plain, and a call
 * that is repeated with the same Idempotency-Key must give it again.
 */
export function deriveValidationKey(secretKey: Uint8Array, testRunId: string, userId: string): string {
  return keyedHash(secretKey, 'validation-key', `${testRunId}\n${userId}`);
}

/**
 * Issues a one-use key to each test user of a run; only hashes are kept.
 * @returns the keys by user id.
 */
export async function issueValidationKeys(tx: RunnerTx, secretKey: Uint8Array, testRunId: string, userIds: readonly string[], newId: () => string): Promise<ReadonlyMap<string, string>> {
  const keys = new Map(userIds.map((userId) => [userId, deriveValidationKey(secretKey, testRunId, userId)]));
  for (const [userId, key] of keys) {
    await tx.insertInto('validation_keys').values({ id: newId(), run_id: testRunId, user_id: userId, key_hash: tokenHash(key) }).execute();
  }
  return keys;
}

/** Makes keys that nobody used yet useless. */
export async function voidValidationKeys(tx: RunnerTx, testRunId: string): Promise<void> {
  await sql`update validation_keys set voided_at = now() where run_id = ${testRunId} and voided_at is null`.execute(tx);
}
