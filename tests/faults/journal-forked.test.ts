import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JournalHome, createJournalHome, entryAt, hashOf, writeOver } from '../../operator/journal/journal-home.testing.ts';
import { openTestOperator, refusalCode } from '../../operator/operator.testing.ts';
import { putCohort } from '../../shared/contract/admin/cohorts.ts';
import { type AdminServer, type TestMigration, startAdminServer } from '../support/admin-server.ts';
import { appendEntry, cutFrom, emptyOut, forging, lastSeq, stolenKey, swap, withoutSealed } from '../support/journal-forgery.testing.ts';
import { cohortOf } from '../support/prepared-plan.ts';

/**
 * An operator goes on with a journal that somebody changed who stole its key, so that the chain and its marks hold. The
 * server knows what was anchored before: nothing is sent under such a journal, and no anchor of it is taken.
 */
let server: AdminServer;
let migration: TestMigration;
let place: JournalHome;
let token = '';
/** Where the journal stood after the first upload, and its whole home after the third. */
let early = '';
let whole = '';

beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped' });
  migration = await server.newMigration();
  token = await server.token('olga', ['migration:write']);
  place = createJournalHome();
  early = join(place.root, 'early');
  whole = join(place.root, 'whole');
  for (const rows of [1, 2, 3]) {
    const answer = await upload(place.home, rows);
    if (answer !== 'done') throw new Error(answer);
    if (rows === 1) cpSync(place.home, early, { recursive: true });
  }
  cpSync(place.home, whole, { recursive: true });
});
afterAll(async () => {
  place.remove();
  await server.close();
});

/** A writing call by an operator of this home, who then leaves: `done`, or the code of its refusal. */
async function upload(home: string, rows: number): Promise<string> {
  const { client, operator } = await openTestOperator(home);
  try {
    await client.call('environments.add', { name: 'server', url: server.base, token });
    const environment = await operator.parts.environments.connect();
    const { sha256, body } = cohortOf(rows);
    const sent = environment.write(putCohort, { params: { id: migration.id, sha256 }, body });
    return await sent.then(
      () => 'done',
      async () => refusalCode(sent),
    );
  } finally {
    await operator.close();
  }
}

async function onServer(): Promise<unknown> {
  return [await server.test.asLogin('select sha256 from cohorts order by sha256'), await server.test.asLogin('select journal_id, seq, hash from journal_heads order by journal_id, seq')];
}

/** Behind the first head that was anchored, which still agrees then. */
const CHANGED_ENTRY = 5;
const forgeries: Readonly<Record<string, (home: string, database: Database.Database) => void>> = {
  'a payload edited': forging((database) => database.exec(`UPDATE entries SET payload = replace(payload, '"at":"', '"at":"1') WHERE seq = ${CHANGED_ENTRY}`), CHANGED_ENTRY),
  'an entry deleted': forging((database) => {
    database.exec(`DELETE FROM marks; DELETE FROM personal; DELETE FROM entries WHERE seq = ${CHANGED_ENTRY}; UPDATE entries SET seq = seq - 1 WHERE seq > ${CHANGED_ENTRY}`);
    withoutSealed(database, 1);
  }, 2),
  'an entry put in': forging((database) => {
    database.exec(`DELETE FROM marks; DELETE FROM personal; UPDATE entries SET seq = -(seq + 1) WHERE seq >= ${CHANGED_ENTRY}; UPDATE entries SET seq = -seq WHERE seq < 0`);
    database.prepare("INSERT INTO entries VALUES (?, 'run.observed', '{}', '', '')").run(CHANGED_ENTRY);
    withoutSealed(database, 1);
  }, 2),
  'two entries that changed places': forging((database) => {
    swap(database, CHANGED_ENTRY, CHANGED_ENTRY + 2);
    withoutSealed(database, 1);
  }, 2),
  'the end cut off': forging((database) => cutFrom(database, lastSeq(database))),
  'the end cut off and another put in its place': forging((database) => {
    const end = lastSeq(database);
    cutFrom(database, end - 2);
    for (let seq = 0; seq < 5; seq += 1) appendEntry(database, 'run.observed', '{}');
  }),
  'an older copy put back with its record of the last entry': (home, database) => {
    database.close();
    for (const name of ['journal.sqlite', 'journal-head.json']) cpSync(join(early, name), join(home, name));
  },
  'the file emptied': (home, database) => {
    emptyOut(database);
    rmSync(join(home, 'journal-head.json'));
  },
  'another name for the journal': (home, database) => {
    database.exec(`UPDATE entries SET payload = replace(payload, '${stolenKey(home).journalId}', '${'f'.repeat(32)}') WHERE seq = 1`);
    database.prepare('UPDATE entries SET hash = ? WHERE seq = 1').run(hashOf(entryAt(database, 1)));
    forging((one) => appendEntry(one, 'journal.key_replaced', JSON.stringify({ at: '2026-01-02T03:04:05.000Z', key_id: stolenKey(home).id })), 2)(home, database);
  },
};

describe('a journal forged with its stolen key', () => {
  it.each(Object.keys(forgeries))('sends nothing and is refused as a fork: %s', async (name) => {
    const home = join(place.root, 'forged');
    cpSync(whole, home, { recursive: true });
    writeOver(join(home, 'journal.sqlite'), (database) => forgeries[name]?.(home, database));
    const forged = place.open({ home });
    expect(forged.verify('full').damages, 'the chain alone shows nothing').toEqual([]);
    forged.close();
    const before = await onServer();
    expect(await upload(home, 4)).toBe('journal_forked');
    expect(await onServer()).toEqual(before);
    rmSync(home, { recursive: true });
  });

  it('goes on where nothing was changed', async () => {
    expect(await upload(place.home, 4)).toBe('done');
  });
});
