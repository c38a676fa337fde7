import { createHash } from 'node:crypto';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { createKeyedHash } from '../../shared/core/keyed-hash.ts';
import { redactItem } from '../../shared/core/redaction.ts';
import { runItemSchema } from '../../shared/core/run-item.ts';
import type { ReadTx } from '../store/transactions.ts';
import { sha256Bytes } from './ed25519.ts';

const ITEMS_A_PAGE = 2000;

/** What a receipt says of a run's items: how many, and the hash of both their forms. */
export type ItemHashes = { readonly items: number; readonly itemsSha256: string; readonly redactedItemsSha256: string };

/** Hashes the items in the order of their `seq`, page by page: one canonical JSON line each, ended by LF. */
export async function hashItems(tx: ReadTx, runId: string, redactionKey: Uint8Array): Promise<ItemHashes> {
  const plain = createHash('sha256');
  const redacted = createHash('sha256');
  const keyedHash = createKeyedHash(redactionKey, { sha256: sha256Bytes, utf8: (text) => Buffer.from(text, 'utf8'), hex: (bytes) => Buffer.from(bytes).toString('hex') });
  let items = 0;
  for (let after = 0; ; ) {
    const page = await tx.selectFrom('run_items').select(['seq', 'item']).where('run_id', '=', runId).where('seq', '>', after).orderBy('seq').limit(ITEMS_A_PAGE).execute();
    for (const row of page) {
      const item = runItemSchema.parse(row.item);
      plain.update(`${canonicalJson(item)}\n`);
      redacted.update(`${canonicalJson(redactItem(item, keyedHash))}\n`);
      items += 1;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < ITEMS_A_PAGE) break;
    after = last.seq;
  }
  return { items, itemsSha256: plain.digest('hex'), redactedItemsSha256: redacted.digest('hex') };
}
