import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryAt, hashOf, rehashFrom, writeOver } from '../../operator/journal/journal-home.testing.ts';
import { appendEntry, cutFrom, emptyOut, forgeMarks, forging, shift, stolenKey, swap, withoutSealed } from '../support/journal-forgery.testing.ts';
import { type Change, type JournalWorld, type Pick, type Shown, WORLD_ENTRIES, casesOf, createJournalWorld, editPayload } from '../support/journal-world.testing.ts';
import { proofSize } from '../support/proof-size.ts';

const SEED = 20_250_810;

let world: JournalWorld;
beforeAll(() => {
  world = createJournalWorld();
});
afterAll(() => world.close());

type Case = { readonly change: Change; readonly expected: readonly Shown[] };
/** Whoever has the laptop's key makes a chain whose every mark holds: what was anchored tells, at the place where it was anchored. */
const withStolenKey: Readonly<Record<string, (pick: Pick) => Case>> = {
  'a payload edited': (pick) => {
    const k = pick(2, WORLD_ENTRIES);
    return { change: forging((database) => editPayload(database, k), k), expected: [{ kind: 'rehashed', seq: anchoredFrom(k) }] };
  },
  'an entry deleted': (pick) => {
    const k = pick(2, WORLD_ENTRIES - 1);
    return {
      change: forging((database) => {
        for (const table of ['marks', 'personal', 'entries']) database.exec(`DELETE FROM ${table} WHERE seq = ${k}`);
        shift(database, ['personal', 'entries'], k + 1, -1);
        withoutSealed(database, k);
      }, k),
      expected: [...(anchoredFrom(k) < end() ? [{ kind: 'rehashed', seq: anchoredFrom(k) }] : []), { kind: 'replaced', seq: end() }],
    };
  },
  'an entry put in': (pick) => {
    const k = pick(2, WORLD_ENTRIES);
    return {
      change: forging((database) => {
        shift(database, ['personal', 'entries'], k, 1);
        database.prepare("INSERT INTO entries VALUES (?, 'outcome', '{}', '', '')").run(k);
        withoutSealed(database, k);
      }, k),
      expected: [{ kind: 'rehashed', seq: anchoredFrom(k) }],
    };
  },
  'two entries that changed places': (pick) => {
    const i = pick(2, WORLD_ENTRIES - 1);
    const j = pick(i + 1, WORLD_ENTRIES);
    return {
      change: forging((database) => {
        swap(database, i, j);
        withoutSealed(database, i);
      }, i),
      expected: [{ kind: 'rehashed', seq: anchoredFrom(i) }],
    };
  },
  'the end cut off': (pick) => {
    const k = pick(2, WORLD_ENTRIES);
    return { change: forging((database) => cutFrom(database, k)), expected: [{ kind: 'replaced', seq: k }] };
  },
  'an older copy, forged further': () => ({
    change(home, database) {
      database.close();
      copyFileSync(join(world.older, 'journal.sqlite'), join(home, 'journal.sqlite'));
      writeOver(join(home, 'journal.sqlite'), (older) => {
        while (appendEntry(older, 'outcome', '{}') < WORLD_ENTRIES + 20);
        forgeMarks(home, older);
      });
    },
    expected: [{ kind: 'rehashed', seq: anchoredFrom(world.olderEnd() + 1) }],
  }),
  'the file emptied': () => ({
    change(home, database) {
      emptyOut(database);
      rmSync(join(home, 'journal-head.json'));
    },
    expected: [{ kind: 'replaced', seq: 2 }],
  }),
  'an entry forged in the place of the last one': () => ({
    change: forging((database) => {
      cutFrom(database, end());
      appendEntry(database, 'outcome', '{}');
    }),
    expected: [{ kind: 'rehashed', seq: end() }],
  }),
  'another journal of the same key': () => ({
    change(home, database) {
      const id = 'f'.repeat(32);
      database.exec(`UPDATE entries SET payload = replace(payload, '${world.journalId}', '${id}') WHERE seq = 1`);
      database.prepare('UPDATE entries SET hash = ? WHERE seq = 1').run(hashOf(entryAt(database, 1)));
      rehashFrom(database, 2);
      appendEntry(database, 'journal.key_replaced', JSON.stringify({ at: '2026-01-02T03:04:05.000Z', key_id: stolenKey(home).id }));
      forgeMarks(home, database);
    },
    expected: [{ kind: 'replaced', seq: 1 }],
  }),
};

function anchoredFrom(seq: number): number {
  return world.heads.find((head) => head.seq >= seq)?.seq ?? 0;
}

function end(): number {
  return world.heads.at(-1)?.seq ?? 0;
}

describe('a journal changed with the stolen key of its marks', () => {
  it.each(casesOf(withStolenKey, proofSize({ short: 18, full: 180 }), SEED))('shows $name by what was anchored, at the right place (seed $seed)', ({ make }) => {
    const { change, expected } = make();
    expect(world.shownAfter(change), 'the chain alone shows nothing').toEqual([]);
    expect(world.shownAfter(change, true)).toEqual(expected);
  });
});
