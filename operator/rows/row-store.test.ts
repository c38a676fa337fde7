import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { refusalCode } from '../operator.testing.ts';
import type { NamedPlanRow } from './row-kinds.ts';
import { type RowStore, openRowStore } from './row-store.ts';
import type { RowView } from './row-view.ts';

const LIST = 'plan a';
let store: RowStore;
afterEach(async () => store.close());

function rowAt(row: number): NamedPlanRow {
  const isNameOnly = row % 5 === 0;
  return {
    row,
    email: `person${row}@example.com`,
    full_name: `Person ${row}`,
    email_match: isNameOnly ? 'NO_EMAIL_MATCH' : 'MATCH_EMAIL',
    match: isNameOnly ? 'MATCH_NAME_UNIQUE' : 'MATCH_EMAIL',
    action: row % 7 === 0 ? 'BLOCKED' : row % 11 === 0 ? 'SKIP' : 'UPDATE_EXISTING',
    user_id: null,
    changes: [],
    warnings: [],
    precondition: {},
  };
}

async function filled(count: number): Promise<void> {
  store = openRowStore();
  await store.ask('add', { list: LIST, kind: 'plan_row', rows: Array.from({ length: count }, (_, index) => rowAt(index + 1)) });
}

function page(view: RowView, lane?: string): Promise<readonly number[]> {
  return store.ask('page', { list: LIST, view, offset: 0, limit: 1_000, turn: store.turnOf(lane, LIST, view) }).then(({ rows }) => rows.map(({ json }) => (JSON.parse(json) as NamedPlanRow).row));
}

describe('a search that is typed', () => {
  it('is given up when the next one of its lane overtakes it, and nothing else is', async () => {
    await filled(60);
    const beside = page({ q: 'person 3' }, 'review');
    const typed = ['p', 'pe', 'person 41'].map((q) => page({ q }, 'grid'));
    // The same view once more, another page of it for instance, overtakes nobody.
    const again = page({ q: 'person 41' }, 'grid');
    expect((await Promise.allSettled(typed)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(await refusalCode(typed[0] ?? again)).toBe('rows_overtaken');
    expect([await typed[2], await again, (await beside).length]).toEqual([[41], [41], 11]);
  });
});

describe('deciding about chosen rows', () => {
  const decide = (choice: Parameters<typeof store.ask<'decide'>>[1]['choice'], asked: 'skip' | 'create' | 'undecided' | 'as_planned') => store.ask('decide', { list: LIST, choice, asked });

  it('leaves out what would be written, and nothing else; rows that it does not fit stay as they are', async () => {
    await filled(20);
    // Rows 7 and 14 are blocked, row 11 is left out already.
    expect(await decide({ view: {}, except: [1, 2] }, 'skip')).toEqual({ chosen: 18, decided: 16, pending: { skip: 15, create: 0, undecided: 0 } });
    expect(await page({ isPending: true })).toEqual([3, 4, 5, 6, 8, 9, 10, 12, 13, 15, 16, 17, 18, 19, 20]);
  });

  it('declines only what was found by its name alone, and a later decision takes the place of an earlier one', async () => {
    await filled(20);
    expect(await decide({ rows: [3, 5, 10, 99] }, 'create')).toMatchObject({ chosen: 3, decided: 2, pending: { create: 2 } });
    expect(await decide({ rows: [5] }, 'skip')).toMatchObject({ pending: { skip: 1, create: 1, undecided: 0 } });
  });

  it('puts back what the plan leaves out, and takes every decision back to what the plan says', async () => {
    await filled(20);
    expect(await decide({ rows: [11] }, 'undecided')).toMatchObject({ decided: 1, pending: { skip: 0, create: 0, undecided: 1 } });
    await decide({ rows: [3] }, 'skip');
    expect(await store.ask('pending', { list: LIST, after: 0, limit: 10 })).toMatchObject([{ email: 'person3@example.com', next: 'skip' }, { email: 'person11@example.com', next: 'undecided' }]);
    expect(await decide({ rows: [3] }, 'undecided')).toMatchObject({ pending: { skip: 0, undecided: 1 } });
    expect(await decide({ view: { isPending: true }, except: [] }, 'as_planned')).toMatchObject({ chosen: 1, decided: 1, pending: { skip: 0, create: 0, undecided: 0 } });
  });
});

describe('what is personal', () => {
  it('lies in no file that has a name', async () => {
    await filled(40_000);
    const open = readdirSync('/proc/self/fd').flatMap((descriptor) => {
      try {
        return [readlinkSync(`/proc/self/fd/${descriptor}`)];
      } catch {
        return [];
      }
    });
    const named = open.filter((path) => path.startsWith('/') && !path.endsWith(' (deleted)') && !path.startsWith('/dev/') && !path.startsWith('/proc/'));
    expect(named.filter((path) => readFileSync(path, { encoding: 'latin1', flag: 'r' }).includes('person39999@example.com'))).toEqual([]);
  });

  it('is gone with its list, and whoever asks for it hears that it is to be brought again', async () => {
    await filled(10);
    await store.ask('drop', { list: LIST });
    expect([store.has(LIST), await refusalCode(page({}))]).toEqual([false, 'rows_lost']);
  });
});
