import type { z } from 'zod';
import type { JournalHead, listJournalHeads } from '../../shared/contract/admin/signers.ts';
import type { JournalDamage } from '../../shared/contract/operator/journal.ts';
import type { Journal } from './journal.ts';

/** A head of this journal as a server keeps it, and whether the chain here says the same. */
export interface ComparedHead {
  readonly seq: number;
  readonly hash: string;
  readonly anchoredAt: string;
  readonly agrees: boolean;
}

export interface HeadComparison {
  readonly heads: readonly ComparedHead[];
  /** What the heads show that the chain alone did not. */
  readonly damages: readonly JournalDamage[];
}

/**
 * The ids under which a server can have heads that concern this journal: its own, and that of a journal which this home's
 * key began, which another one may have been put in the place of.
 */
function journalIdsOf({ journalId, beganAs }: Pick<Journal, 'journalId' | 'beganAs'>): readonly string[] {
  return [...new Set([journalId, beganAs])];
}

type HeadsPage = z.infer<(typeof listJournalHeads)['reply']>;

/** Every head that a server has under these ids, a thousand in a call that `pageOf` makes. */
export async function* headsOfServer(journal: Pick<Journal, 'journalId' | 'beganAs'>, pageOf: (query: z.infer<(typeof listJournalHeads)['query']>) => Promise<HeadsPage>): AsyncGenerator<JournalHead> {
  for (const journal_id of journalIdsOf(journal)) {
    for (let after: string | null | undefined; after !== null; ) {
      const page: HeadsPage = await pageOf({ journal_id, limit: '1000', ...(after === undefined ? {} : { after }) });
      yield* page.items;
      after = page.next_cursor;
    }
  }
}

/**
 * Compares the server's heads, in order of place, with the chain. They show what the chain cannot: an older copy put
 * back together with its head mark, a cut end, and a chain hashed anew with the stolen key of the marks.
 */
export function compareHeads(journal: Pick<Journal, 'journalId' | 'get' | 'head'>, known: readonly Pick<JournalHead, 'journal_id' | 'seq' | 'hash' | 'anchored_at'>[], found: readonly JournalDamage[]): HeadComparison {
  const end = journal.head()?.seq ?? 0;
  const ofAnother = known.filter(({ journal_id }) => journal_id !== journal.journalId);
  if (ofAnother.length > 0) {
    const detail = `The server knows another journal that the key of this home began, with ${ofAnother.at(-1)?.seq ?? 0} entries.`;
    return { heads: known.map(({ seq, hash, anchored_at }) => ({ seq, hash, anchoredAt: anchored_at, agrees: false })), damages: found.some(({ kind, seq }) => kind === 'replaced' && seq === 1) ? [] : [{ kind: 'replaced', seq: 1, detail }] };
  }
  const heads = known.map(({ seq, hash, anchored_at }) => ({ seq, hash, anchoredAt: anchored_at, agrees: journal.get(seq)?.hash === hash }));
  const damages: JournalDamage[] = [];
  const other = heads.find(({ seq, agrees }) => seq <= end && !agrees);
  // Whatever the chain itself shows before that place explains it.
  if (other !== undefined && !found.some(({ seq }) => seq <= other.seq)) {
    const agreed = heads.findLast(({ seq, agrees }) => agrees && seq < other.seq)?.seq ?? 0;
    damages.push({ kind: 'rehashed', seq: other.seq, detail: `The server knows another entry ${other.seq}: the chain was hashed anew from an entry between ${agreed + 1} and ${other.seq} on.` });
  }
  const beyond = heads.findLast(({ seq }) => seq > end);
  if (beyond !== undefined && !found.some(({ kind }) => kind === 'truncated' || kind === 'replaced')) {
    damages.push({ kind: 'replaced', seq: end + 1, detail: `The server knows entry ${beyond.seq}: entries ${end + 1} to ${beyond.seq} are missing here. An older copy lies here, or the end was cut off.` });
  }
  return { heads, damages };
}
