import Database from 'better-sqlite3';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JournalHead } from '../../shared/contract/admin/signers.ts';
import { type OperatorHome, createOperatorHome } from '../operator.testing.ts';
import { type StubAdminApi, startStubAdminApi } from '../stub-admin-api.testing.ts';

let stub: StubAdminApi;
let home: OperatorHome;
let heads: JournalHead[] = [];

beforeEach(async () => {
  heads = [];
  home = createOperatorHome();
  stub = await startStubAdminApi({
    postJournalHead: ({ body }) => {
      const head = { ...(body as { journal_id: string; seq: number; hash: string }), sub: 'olga', anchored_at: '2026-01-01T00:00:00Z' };
      if (!heads.some(({ seq }) => seq === head.seq)) heads.push(head);
      return head;
    },
    listJournalHeads: ({ query }) => ({ items: query.get('limit') === '1' ? heads.slice(0, 1) : heads, next_cursor: null }),
  });
});
afterEach(async () => {
  await home.remove();
  await stub.close();
});

it('shows an older copy, put back with its record of the last entry, by the heads that the server has', async () => {
  const first = await home.open();
  await first.client.call('environments.add', { name: 'staging', url: stub.url, token: 't' });
  // Whoever was connected anchors as it closes, and at the end of each command.
  await first.operator.parts.environments.connect();
  await home.closeAll();
  const older = mkdtempSync(join(tmpdir(), 'drydock-older-'));
  for (const name of readdirSync(home.home)) copyFileSync(join(home.home, name), join(older, name));
  const second = await home.open();
  await second.operator.parts.environments.connect();
  await second.client.call('environments.add', { name: 'other', url: stub.url, token: 't' });
  const end = second.operator.parts.journal.head()?.seq ?? 0;
  expect(await second.client.call('journal.verify', {})).toMatchObject({ state: 'verified', anchor: 'agrees', damages: [], damages_left_out: 0 });
  await home.closeAll();
  for (const name of ['journal.sqlite', 'journal-head.json']) copyFileSync(join(older, name), join(home.home, name));
  rmSync(older, { recursive: true });

  const third = await home.open();
  const status = await third.client.call('journal.verify', {});
  expect(status).toMatchObject({ state: 'damaged', anchor: 'disagrees', damages: [{ kind: 'replaced', seq: end }] });
  expect(await third.client.call('journal.listAnchors', { offset: 0, limit: 1 })).toMatchObject({ is_reachable: true, items: [{ seq: end, agrees: false }] });
  expect(status.damages[0]?.detail).toContain(`The server knows entry ${end}`);
});

it('says how large it is, where its keys are, and how far a check has come, and checks without holding anybody up', async () => {
  const { client, operator } = await home.open();
  const { journal } = operator.parts;
  journal.write((writer) => {
    for (let index = 0; index < 5_000; index += 1) writer.append({ kind: 'outcome', payload: { index } });
  });
  const verifying = client.call('journal.verify', {});
  const seen: number[] = [];
  let isDone = false;
  const done = verifying.finally(() => (isDone = true));
  while (!isDone) {
    const { checking } = await client.call('journal.getProgress', {});
    if (checking !== null) seen.push(checking.checked);
    await nextTurn();
  }
  expect(await done).toMatchObject({ state: 'verified', entries: 5_001, keys: 'file', anchor: 'not_reachable' });
  expect(seen.length, 'asked meanwhile').toBeGreaterThan(2);
  expect(seen.at(-1), 'counted as it goes').toBeGreaterThan(0);
  const { bytes } = await client.call('journal.getStatus', {});
  expect(bytes).toBeGreaterThan(statSync(journal.path).size);
  expect(await client.call('journal.getProgress', {})).toEqual({ checking: null });
  expect(await client.call('journal.listAnchors', { offset: 0, limit: 10 })).toEqual({ items: [], total: 0, is_reachable: false });
});

it('finds an entry where it stands also when others are gone, and says of one that is gone what is left on either side', async () => {
  const first = await home.open();
  for (let more = 0; more < 9; more += 1) first.operator.parts.journal.append({ kind: 'run.observed', payload: { run_id: `run-${more}` } });
  const end = first.operator.parts.journal.head()?.seq ?? 0;
  await home.closeAll();
  const database = new Database(join(home.home, 'journal.sqlite'));
  for (const { name } of database.prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'trigger'").all()) database.exec(`DROP TRIGGER ${name}`);
  database.exec('DELETE FROM marks WHERE seq IN (1, 4, 5)');
  database.exec('DELETE FROM entries WHERE seq IN (1, 4, 5)');
  database.close();

  const { client } = await home.open();
  for (const seq of [2, 3, 6, end]) {
    const { offset, entry } = await client.call('journal.find', { seq });
    expect((await client.call('journal.list', { offset, limit: 1 })).items).toEqual([entry]);
    expect(entry?.seq).toBe(seq);
  }
  const missing = async (seq: number) => client.call('journal.find', { seq });
  expect(await missing(4)).toMatchObject({ entry: null, before: 3, after: 6 });
  expect(await missing(5)).toMatchObject({ entry: null, before: 3, after: 6 });
  expect(await missing(1)).toMatchObject({ entry: null, before: null, after: 2 });
  expect(await missing(end + 5)).toMatchObject({ entry: null, before: end, after: null, offset: 0 });
});
