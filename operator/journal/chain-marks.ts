import type Database from 'better-sqlite3';
import type { Walked } from './chain-walk.ts';
import type { DamageList } from './damage-list.ts';
import type { MarkKey } from './head-mark.ts';

type MarkRow = { readonly key_id: string; readonly mac: string };

/** What the marks say: each transaction left one of its head, under a key that is not in the file. */
export interface MarkCheck {
  see(walked: Walked): void;
  /** The last place that a mark holds or held for; entries behind it were not written by us. */
  lastMarked(): number;
  /** Whether the chain's end is hashed anew, and so was told. */
  isAnewAtEnd(): boolean;
  notes(): readonly string[];
}

/** A chain hashed anew, or an entry added by another hand, has no mark that holds. */
export function createMarkCheck(database: Database.Database, from: number, journalId: string, markKey: MarkKey | undefined, damages: DamageList): MarkCheck {
  const mark = database.prepare<[number], MarkRow>('SELECT key_id, mac FROM marks WHERE seq = ?');
  let last = from - 1;
  let foreign = 0;
  let isAnew = false;
  return {
    see({ entry, writtenAt }) {
      if (markKey === undefined) return;
      // Marks may have been moved along with the entries, or left where they were.
      const places = writtenAt === entry.seq ? [entry.seq] : [writtenAt, entry.seq];
      const found = places.flatMap((seq) => mark.get(seq) ?? []);
      if (found.length === 0) return;
      last = entry.seq;
      const ours = found.filter(({ key_id }) => key_id === markKey.id);
      if (ours.length === 0) {
        foreign += 1;
        return;
      }
      const holds = ours.some(({ mac }) => markKey.holds(journalId, writtenAt, entry.hash, mac));
      // An entry that was told already explains its own mark, and one that was moved may lie at the place of another’s.
      if (!holds && !isAnew && writtenAt === entry.seq && !damages.has(entry.seq)) {
        damages.add('rehashed', entry.seq, `The chain was hashed anew up to entry ${entry.seq}, or from it on.`);
        isAnew = true;
      }
      if (holds) isAnew = false;
    },
    lastMarked: () => last,
    isAnewAtEnd: () => isAnew,
    notes() {
      if (markKey === undefined) return ['The key of the marks is not here, so a journal hashed anew as a whole shows only against the server’s anchors.'];
      return foreign === 0 ? [] : [`${foreign} marks are of an earlier key and could not be checked.`];
    },
  };
}
