import type Database from 'better-sqlite3';
import type { Walked } from './chain-walk.ts';
import type { DamageList } from './damage-list.ts';
import { type MarkKeys, keptSince, openedKeys } from './mark-keys.ts';

type MarkRow = { readonly key_id: string; readonly mac: string };

/** What the marks say: each transaction left one of its head, under a key that is not in the file. */
export interface MarkCheck {
  see(walked: Walked): void;
  /** To be called when all were seen: tells entries behind the last mark, and a journal that is not this home's. */
  end(entries: number): void;
  /** The last place for which a key of this home vouches here: what stands behind it may be of another hand. */
  vouchedTo(): number;
  /** Whether the chain's end is hashed anew, and so was told. */
  isAnewAtEnd(): boolean;
  notes(): readonly string[];
}

/** A chain hashed anew, or an entry added by another hand, has no mark that holds. */
export function createMarkCheck(database: Database.Database, from: number, journalId: string, keys: MarkKeys, damages: DamageList): MarkCheck {
  const opened = openedKeys(keys);
  const mark = database.prepare<[number], MarkRow>('SELECT key_id, mac FROM marks WHERE seq = ?');
  const since = keptSince(database, journalId, keys);
  const isForeign = opened.length > 0 && since === undefined && keys.other !== 'closed';
  const isOfClosedKey = closedKeyCheck(database, keys, since);
  const isChecked = opened.length > 0 && !isForeign;
  let last = from - 1;
  let vouched = 0;
  let ofEarlierKey = 0;
  let ofClosedKey = 0;
  /** The first entry whose mark is of no key that belongs here. */
  let ofNobody: number | undefined;
  let isAnew = false;

  /** Whoever adds an entry can add a mark too, under a key of their own: only a key that is known to belong here may be one that cannot be opened. */
  function seeUnopened(seq: number, found: readonly MarkRow[]): void {
    if (found.some(({ key_id }) => isOfClosedKey(key_id))) ofClosedKey += 1;
    else if (since !== undefined && seq < since) ofEarlierKey += 1;
    else {
      ofNobody ??= seq;
      return;
    }
    last = seq;
  }

  return {
    see({ entry, writtenAt }) {
      if (!isChecked) return;
      // Marks may have been moved along with the entries, or left where they were.
      const places = writtenAt === entry.seq ? [entry.seq] : [writtenAt, entry.seq];
      const found = places.flatMap((seq) => mark.get(seq) ?? []);
      if (found.length === 0) return;
      const ours = found.flatMap(({ key_id, mac }) => opened.filter(({ id }) => id === key_id).map((key) => ({ key, mac })));
      if (ours.length === 0) return seeUnopened(entry.seq, found);
      last = entry.seq;
      const holds = ours.some(({ key, mac }) => key.holds(journalId, writtenAt, entry.hash, mac));
      // An entry that was told already explains its own mark, and one that was moved may lie at the place of another’s.
      if (!holds && !isAnew && writtenAt === entry.seq && !damages.has(entry.seq)) {
        damages.add('rehashed', entry.seq, `The chain was hashed anew up to entry ${entry.seq}, or from it on.`);
        isAnew = true;
      }
      if (holds) {
        isAnew = false;
        vouched = entry.seq;
      }
    },
    end(entries) {
      if (isForeign) damages.add('replaced', 1, 'Another journal lies here: the key of this home neither began it nor took it over.');
      // Entries behind the last mark, unless they lost theirs because the end was cut off in the middle of a transaction.
      if (!isChecked || damages.hasKind('truncated', 'replaced', 'inserted')) return;
      // A mark that holds further on vouches for the entry, not for who marked it.
      if (ofNobody !== undefined && ofNobody <= last) damages.add('forged', ofNobody, `The mark of entry ${ofNobody} is of a key that does not belong to this journal.`);
      if (entries > last) damages.add('forged', last + 1, entries === last + 1 ? `Entry ${entries} was not written by this Drydock.` : `Entries ${last + 1} to ${entries} were not written by this Drydock.`);
    },
    vouchedTo: () => vouched,
    isAnewAtEnd: () => isAnew,
    notes() {
      if (opened.length === 0) return [keys.other === 'closed' ? 'The key of the marks lies in this machine’s key store: they are checked when Drydock’s window is started.' : 'The key of the marks is not here, so a journal hashed anew as a whole shows only against the server’s anchors.'];
      return [
        ...(ofEarlierKey === 0 ? [] : [`${ofEarlierKey} marks are of an earlier key and could not be checked.`]),
        ...(ofClosedKey === 0 ? [] : [`${ofClosedKey} marks are of the key in this machine’s key store, and are checked by Drydock’s window alone.`]),
      ];
    },
  };
}

/** Where this home has a key that cannot be opened here: whether an id can be its own, for it was at work before ours, or was entered as taking over. */
function closedKeyCheck(database: Database.Database, { other }: MarkKeys, since: number | undefined): (keyId: string) => boolean {
  if (other !== 'closed') return () => false;
  if (since === undefined) return () => true;
  const known = new Map<string, boolean>();
  const before = database.prepare<[string, number], number>('SELECT 1 FROM marks WHERE key_id = ? AND seq < ? LIMIT 1').pluck();
  const entered = database.prepare<[string], number>("SELECT 1 FROM entries WHERE kind = 'journal.key_replaced' AND instr(payload, ?) > 0 LIMIT 1").pluck();
  return (keyId) => {
    const found = known.get(keyId) ?? (before.get(keyId, since) !== undefined || entered.get(JSON.stringify(keyId)) !== undefined);
    known.set(keyId, found);
    return found;
  };
}
