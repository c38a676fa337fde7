import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../../shared/contract/admin/runs.ts';
import type { Snapshot } from '../../shared/contract/admin/verification.ts';
import { noCounts } from '../../shared/core/run-counts.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import type { Journal } from '../journal/journal.ts';
import { payloadOf } from '../journal/payload.ts';
import { runQueries } from '../journal/reader.ts';
import { silentLog } from '../log.ts';
import { type OperatorHome, createOperatorHome } from '../operator.testing.ts';
import { openRowStore } from '../rows/row-store.ts';
import { type StubAdminApi, startStubAdminApi } from '../stub-admin-api.testing.ts';
import { keptReceipt } from './kept-receipt.ts';
import { createRunMirror } from './run-mirror.ts';

const at = '2026-01-01T00:00:00Z';
const email = (seq: number) => `person${seq}@example.com`;
const issued = { receipt: '{"run_id":"run-1"}\n', signature: 'signature of the server', redaction_key: 'a2V5' };

let stub: StubAdminApi;
let home: OperatorHome;
/** What the server has so far. */
let done = 0;
let total = 12;

function itemAt(seq: number): RunItem {
  const common = { seq, row: seq, email: email(seq), user_id: `u${seq}`, before: null, after: null, at };
  return seq % 1_000 === 3 ? { ...common, outcome: 'failed', code: 'write_conflict', message: 'Somebody else was writing.', field: null } : { ...common, outcome: 'applied' };
}

function runNow(): Run {
  const ended = done === total;
  return {
    run_id: 'run-1', migration: 'm1', kind: 'execution', state: ended ? 'completed' : 'running', plan_hash: 'a'.repeat(64), cohort: 'c'.repeat(64), source_file: 'people.csv', requested_by: 'olga', stage_percent: null,
    counts: { ...noCounts, applied: done }, rows_total: total, rows_done: done, rows_per_second: 7.5, seconds_left: 9, message: null, preceding_dry_run: null, created_at: at, started_at: at, ended_at: ended ? at : null,
  };
}

function snapshotAt(index: number): Snapshot {
  return { email: email(index), user_id: `u${String(index).padStart(5, '0')}`, existed: true, before: { armed: false }, left_as: { armed: true }, taken_at: at, reverted_by: null };
}

/** As the server does: in the order of the customers, after the id that the cursor is. */
function snapshotPage(after: string | null, size: number): { items: Snapshot[]; next_cursor: string | null } {
  const from = after === null ? 0 : Number(after.slice(1));
  const items = Array.from({ length: Math.min(size, total - from) }, (_, index) => snapshotAt(from + index + 1));
  return { items, next_cursor: from + items.length < total ? (items.at(-1)?.user_id ?? null) : null };
}

beforeEach(async () => {
  done = 0;
  total = 12;
  stub = await startStubAdminApi({
    getRun: runNow,
    listRuns: () => ({ items: [runNow()], next_cursor: null }),
    listRunItems: ({ query }) => {
      const after = Number(query.get('after') ?? 0);
      const size = Math.min(Number(query.get('limit')), done - after);
      return { items: Array.from({ length: size }, (_, index) => itemAt(after + index + 1)), next_cursor: after + size < total ? String(after + size) : null, state: runNow().state };
    },
    listSnapshots: ({ query }) => snapshotPage(query.get('after'), total > 100 ? 1_000 : 5),
    getReceipt: () => issued,
  });
  home = createOperatorHome();
});
afterEach(async () => {
  await home.remove();
  await stub.close();
});

const ofRun = { run_id: 'run-1' };
const payloads = (journal: Journal, kind: 'snapshots.mirrored' | 'run.observed') => [...journal.entries({ kind })].map(payloadOf);

describe('a status asked for while the server is away', () => {
  it('shows what was last shown live, whether one run was asked for or all of them', async () => {
    const { client } = await home.connect(stub.url);
    done = 6;
    await client.call('runs.get', ofRun);
    done = 9;
    const live = await client.call('runs.list', {});
    expect(live.items[0]?.run).toMatchObject({ state: 'running', rows_done: 9, counts: { applied: 9 } });
    await stub.close();
    const away = await client.call('runs.get', ofRun);
    expect(away).toMatchObject({ from_mirror: true, mirrored_items: 6, run: { state: 'running', rows_done: 9, counts: { applied: 9 }, requested_by: 'olga', source_file: 'people.csv', rows_per_second: null, seconds_left: null } });
    expect((await client.call('runs.list', {})).items.map(({ run }) => run)).toEqual([away.run]);
  });

  it('is not taken back by an answer that was overtaken, and an unchanged run is not journalled again', async () => {
    const { client, operator } = await home.connect(stub.url);
    for (const rows of [6, 6, 9, 9, 6]) {
      done = rows;
      await client.call('runs.list', {});
    }
    expect(payloads(operator.parts.journal, 'run.observed').map(({ rows_done: rows }) => rows)).toEqual([6, 9]);
  });

  it('keeps no run from being shown when the journal takes no more entries', async () => {
    const { client, operator } = await home.connect(stub.url);
    const database = new Database(operator.parts.journal.path);
    database.exec("CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT raise(ABORT, 'no room'); END");
    database.close();
    done = 6;
    expect((await client.call('runs.list', {})).items[0]?.run.rows_done).toBe(6);
    await stub.close();
    expect((await client.call('runs.list', {})).items).toEqual([]);
  });
});

describe('a run that has ended', () => {
  it('has its prior states and its receipt in the journal when the command ends: sealed, each once, anchored', async () => {
    done = 12;
    const first = await home.connect(stub.url);
    await first.client.call('runs.get', ofRun);
    await home.closeAll();
    const second = await home.connect(stub.url);
    await second.client.call('runs.get', ofRun);
    const { journal } = second.operator.parts;
    expect(payloads(journal, 'snapshots.mirrored').map(({ from, to, complete }) => [from, to, complete])).toEqual([[1, 5, false], [6, 10, false], [11, 12, true]]);
    expect([...journal.entries()].filter(({ payload }) => payload.includes('example.com') || payload.includes('u00005') || payload.includes('signature of'))).toEqual([]);
    expect(keptReceipt(journal, 'run-1')).toEqual(issued);
    const heads = stub.callsOf('postJournalHead').map(({ body }) => (body as { seq: number }).seq);
    expect(heads).toEqual(expect.arrayContaining([...journal.entries({ kind: 'snapshots.mirrored' })].map(({ seq }) => seq)));
    await stub.close();
    const away = await second.client.call('runs.listSnapshots', { ...ofRun, offset: 4, limit: 3 });
    expect(away).toEqual({ items: [snapshotAt(5), snapshotAt(6), snapshotAt(7)], total: 12, complete: true });
    expect((await second.client.call('runs.listSnapshots', { ...ofRun, offset: 0, limit: 9, q: 'person12@' })).items).toEqual([snapshotAt(12)]);
    expect(stub.callsOf('listSnapshots').map(({ query }) => query.get('after'))).toEqual([null, 'u00005', 'u00010']);
    expect(stub.callsOf('getReceipt')).toHaveLength(1);
  });

  it('goes on with the prior states where the connection was lost, and says until then that they are not all here', async () => {
    done = 12;
    const { listSnapshots } = stub.answers;
    stub.answers.listSnapshots = ({ query }) => (query.get('after') === null ? snapshotPage(null, 5) : 'cut');
    const first = await home.connect(stub.url);
    await first.client.call('runs.get', ofRun);
    await home.closeAll();
    if (listSnapshots !== undefined) stub.answers.listSnapshots = listSnapshots;
    const second = await home.connect(stub.url);
    expect(second.operator.parts.mirror.mirroredSnapshots('run-1')).toEqual({ count: 5, complete: false });
    await second.client.call('runs.get', ofRun);
    await second.operator.parts.mirror.settle('to_the_end');
    const { items, complete } = await second.client.call('runs.listSnapshots', { ...ofRun, offset: 0, limit: 100 });
    expect({ complete, emails: items.map((one) => one.email) }).toEqual({ complete: true, emails: Array.from({ length: 12 }, (_, index) => email(index + 1)) });
  });

  it('does not go round with a server that gives the same page for ever', async () => {
    done = 12;
    stub.answers.listSnapshots = () => ({ items: [snapshotAt(1)], next_cursor: 'u00001' });
    const first = await home.connect(stub.url);
    await first.client.call('runs.get', ofRun);
    await first.operator.parts.mirror.settle('to_the_end');
    expect(first.operator.parts.mirror.mirroredSnapshots('run-1')).toEqual({ count: 1, complete: false });
  });

  it('gives none of its people once it was erased, in the same launch too', async () => {
    done = 12;
    const { client, operator } = await home.connect(stub.url);
    const { journal, mirror } = operator.parts;
    await client.call('runs.get', ofRun);
    await mirror.settle('to_the_end');
    const window = { ...ofRun, offset: 0, limit: 100 };
    expect([(await client.call('runs.listItems', window)).total, (await client.call('runs.listSnapshots', window)).total]).toEqual([12, 12]);
    journal.eraseScopes([journal.scopeOfRun('run-1') ?? ''], { run_id: 'run-1' });
    expect([await client.call('runs.listItems', window), (await client.call('runs.listSnapshots', window)).items]).toEqual([{ items: [], total: 0 }, []]);
    expect([...mirror.items('run-1')]).toEqual([]);
  });
});

describe('a large run', () => {
  it('is mirrored a page at a time, each one journalled before the next is asked for, and read a batch at a time', async () => {
    total = 20_000;
    done = total;
    let inFlight = 0;
    let mostInFlight = 0;
    const unlikeJournal: string[] = [];
    const { client, operator } = await home.connect(stub.url);
    const { journal, mirror } = operator.parts;
    const { listRunItems } = stub.answers;
    if (listRunItems === undefined) throw new Error('the stub has no items');
    stub.answers.listRunItems = async (entry) => {
      inFlight += 1;
      mostInFlight = Math.max(mostInFlight, inFlight);
      if (Number(entry.query.get('after') ?? 0) !== mirror.mirroredItems('run-1')) unlikeJournal.push(String(entry.query.get('after')));
      const page = await listRunItems(entry);
      inFlight -= 1;
      return page;
    };
    expect(await client.call('runs.get', ofRun)).toMatchObject({ mirrored_items: 20_000 });
    expect({ mostInFlight, unlikeJournal, pages: stub.callsOf('listRunItems').length }).toEqual({ mostInFlight: 1, unlikeJournal: [], pages: 20 });

    let opened = 0;
    const counted = { ...journal, openSealed: (...args: Parameters<Journal['openSealed']>) => ((opened += 1), journal.openSealed(...args)) };
    const store = openRowStore();
    const reading = createRunMirror(counted, silentLog, () => new Date(at), store);
    const unsealedBy = async (work: () => unknown): Promise<number> => {
      const before = opened;
      await work();
      return opened - before;
    };
    const iterator = reading.items('run-1')[Symbol.iterator]();
    expect(await unsealedBy(() => Array.from({ length: 1_000 }, () => iterator.next()))).toBe(1);
    expect(await unsealedBy(() => reading.listItems('run-1', { offset: 0, limit: 100 }))).toBe(20 + 1);
    // From then on one batch is opened, to see that its people were not erased meanwhile, however long the run is.
    expect(await unsealedBy(() => reading.listItems('run-1', { offset: 19_950, limit: 100 }))).toBe(1);
    expect(await unsealedBy(() => reading.countByReason('run-1'))).toBe(1);
    expect(await reading.listItems('run-1', { offset: 1, limit: 2, outcome: 'failed' })).toEqual({ items: [itemAt(1_003), itemAt(2_003)], total: 20 });
    expect(await reading.countByReason('run-1')).toEqual([{ outcome: 'failed', code: 'write_conflict', message: 'Somebody else was writing.', count: 20 }]);
    expect((await reading.listItems('run-1', { offset: 0, limit: 2, sort: 'why', descending: true })).items).toEqual([itemAt(3), itemAt(1_003)]);
    await store.close();
  }, 60_000);

  it.each(Object.entries(runQueries))('is found by index at every poll: %s', async (_name, sql) => {
    await home.connect(stub.url);
    const database = new Database(join(home.home, 'journal.sqlite'), { readonly: true });
    const parameters = Array.from(sql.matchAll(/\?/g), () => 'x');
    const plan = database.prepare<string[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters).map(({ detail }) => detail);
    database.close();
    expect(plan.filter((step) => /^SCAN (entries|e)\b/.test(step))).toEqual([]);
    expect(plan.filter((step) => step.includes('entries_by_run')).length).toBeGreaterThan(0);
    expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
  });
});
