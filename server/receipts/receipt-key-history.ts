import { sql } from 'kysely';
import type { AdminTx, ReadTx } from '../store/transactions.ts';
import { type ReceiptKey, receiptPrincipal } from './receipt-key.ts';

/**
 * Enters the key that this server signs with, at every start. A key that was used before ends where this one
 * begins: receipts of its time can still be checked, and it can make no new ones. Going back to an ended key is
 * refused, since one line of `allowed_signers` cannot say two spans.
 * Throws when the database knows the key as an ended one.
 */
export async function enterReceiptKey(tx: AdminTx, key: ReceiptKey, environmentId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('drydock receipt keys', 0))`.execute(tx);
  const known = await tx.selectFrom('receipt_keys').select(['fingerprint', 'valid_before']).where('fingerprint', '=', key.fingerprint).executeTakeFirst();
  if (known !== undefined && known.valid_before === null) return;
  if (known !== undefined) throw new Error('DRYDOCK_RECEIPT_KEY names a key that was replaced before. Set a new one.');
  await tx
    .updateTable('receipt_keys')
    .set({ valid_before: sql<Date>`now()` })
    .where('valid_before', 'is', null)
    .execute();
  await tx.insertInto('receipt_keys').values({ fingerprint: key.fingerprint, principal: receiptPrincipal(environmentId), public_key: key.publicKeyLine }).execute();
}

export type ReceiptKeyRecord = {
  readonly fingerprint: string;
  readonly principal: string;
  readonly publicKeyLine: string;
  readonly validAfter: Date;
  readonly validBefore: Date | null;
};

/** Every key that ever signed receipts here, oldest first. */
export async function listReceiptKeys(tx: ReadTx): Promise<readonly ReceiptKeyRecord[]> {
  const rows = await tx.selectFrom('receipt_keys').selectAll().orderBy('valid_after').orderBy('fingerprint').execute();
  return rows.map((row) => ({
    fingerprint: row.fingerprint,
    principal: row.principal,
    publicKeyLine: row.public_key,
    validAfter: row.valid_after,
    validBefore: row.valid_before,
  }));
}
