import { listJournalHeads, postJournalHead, type JournalHead } from '../../shared/contract/admin/signers.ts';
import { Refusal } from '../guards/refusal.ts';
import type { Routes } from '../guards/registrar.ts';
import type { Store } from '../store/store.ts';

const DEFAULT_LIMIT = 100;
const CURSOR = /^(\d{1,15}) (.{1,128})$/;

type HeadRow = { journal_id: string; seq: number; hash: string; sub: string; anchored_at: Date };

/** Anchors of operators' journals (N3): a journal that says something else at a known position has been changed. */
export function journalHeadRoutes({ store }: { readonly store: Store }): Routes {
  return (routes) => {
    routes.write(postJournalHead, async (call) => {
      const { journal_id, seq, hash } = call.body;
      const added = await call.tx
        .insertInto('journal_heads')
        .values({ journal_id, seq, hash, sub: call.caller.sub })
        .onConflict((conflict) => conflict.columns(['journal_id', 'seq']).doNothing())
        .returningAll()
        .executeTakeFirst();
      if (added !== undefined) return { body: headOf(added) };
      const known = await call.tx.selectFrom('journal_heads').selectAll().where('journal_id', '=', journal_id).where('seq', '=', seq).executeTakeFirstOrThrow();
      if (known.hash !== hash) throw new Refusal('journal_forked', { because: `Position ${seq} was anchored with another hash.` });
      return { body: headOf(known), status: 200 };
    });

    routes.read(listJournalHeads, async (call) => {
      const { journal_id, after, limit } = call.query;
      const cursor = after === undefined ? undefined : CURSOR.exec(after);
      if (cursor === null) throw new Refusal('invalid_request', { errors: [{ path: 'after', message: 'is no cursor of this list' }] });
      const count = Number(limit ?? DEFAULT_LIMIT);
      const rows = await store.inReadTx(async (tx) => {
        let heads = tx.selectFrom('journal_heads').selectAll().orderBy('journal_id').orderBy('seq').limit(count + 1);
        if (journal_id !== undefined) heads = heads.where('journal_id', '=', journal_id);
        if (cursor !== undefined) {
          const [, seq = '', journal = ''] = cursor;
          heads = heads.where((is) => is.or([is('journal_id', '>', journal), is.and([is('journal_id', '=', journal), is('seq', '>', Number(seq))])]));
        }
        return heads.execute();
      });
      const last = rows.length > count ? rows[count - 1] : undefined;
      return { body: { items: rows.slice(0, count).map(headOf), next_cursor: last === undefined ? null : `${last.seq} ${last.journal_id}` } };
    });
  };
}

function headOf(row: HeadRow): JournalHead {
  return { journal_id: row.journal_id, sub: row.sub, seq: row.seq, hash: row.hash, anchored_at: row.anchored_at.toISOString() };
}
