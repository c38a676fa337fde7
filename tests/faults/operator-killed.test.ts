import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openJournalIn } from '../../operator/journal/journal-home.testing.ts';
import { payloadOf } from '../../operator/journal/payload.ts';
import { itemBatches } from '../../operator/runs/mirrored-items.ts';
import { mirroredSnapshots, snapshotBatches } from '../../operator/runs/mirrored-snapshots.ts';
import { seededRandom } from '../../server/practice/random.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { type KilledSites, type Site, done, hasEnded, onDatabase, startKilledSites } from '../support/killed-site.ts';
import type { Mutant, OperatorProcess } from '../support/operator-process.ts';
import { proofSize } from '../support/proof-size.ts';

/**
 * The operator alone is killed with -9, at random calls of an execution and moments after them, while its server goes on.
 * Afterwards journal and server say the same: item by item, prior state by prior state, call by call, anchor by anchor.
 */
const ROWS = proofSize({ short: 130, full: 2_000 });
const KILLS = proofSize({ short: 2, full: 100 });
const SEED = 20_261_130;
const ROWS_A_SECOND = 200;
const CALLS_MAX = 14;
const MOMENTS = ['before_the_server', 'after_the_server', 'a_while_later'] as const;
/** Long enough for the journal to take what the answer brought, and to come to the next call. */
const LATER_MAX_MS = 120;

let sites: KilledSites;

beforeAll(async () => {
  sites = await startKilledSites(ROWS);
}, 300_000);
afterAll(async () => sites.close());

const executing = (): string[] => ['execute', sites.world.planHash, '--migration', sites.world.migrationId, '--ack-name-matches', String(sites.world.nameOnly.length)];

/** What journal and server have of a run. `lost` is on the server alone, `doubled` or made up is what the journal has beyond it. */
type Account = Readonly<Record<'items' | 'snapshots' | 'calls' | 'anchors', { readonly lost: readonly string[]; readonly doubled: readonly string[] }>>;

const pageSchema = z.object({ items: z.array(z.record(z.string(), z.json())), next_cursor: z.string().nullable() });

async function listed(site: Site, path: string): Promise<string[]> {
  const lines: string[] = [];
  for (let after = ''; ; ) {
    const answer = await fetch(`${site.proxy.url}${path}limit=1000${after}`, { headers: { authorization: `Bearer ${site.token}` } });
    const { items, next_cursor } = pageSchema.parse(await answer.json());
    lines.push(...items.map((item) => canonicalJson(item)));
    if (next_cursor === null || items.length === 0) return lines;
    after = `&after=${encodeURIComponent(next_cursor)}`;
  }
}

/** Keys of writing calls that the server has answered; those of anchors are made from the head. */
async function keysOnServer({ database }: Site): Promise<readonly string[]> {
  return onDatabase(database, async (client) => (await client.query<{ key: string }>(`select key from idempotency_keys where sub = 'wendy' and key not like 'head-%' order by key`)).rows.map(({ key }) => key));
}

/** `keys`: of the calls that the journal must know of, and no others. */
async function accountOf(site: Site, runId: string, keys: readonly string[], home = site.home): Promise<Account> {
  const [items, snapshots] = [await listed(site, `/admin/runs/${runId}/items?`), await listed(site, `/admin/runs/${runId}/snapshots?`)];
  const journal = openJournalIn(home);
  try {
    const heads = await listed(site, `/admin/journal-heads?journal_id=${journal.journalId}&`);
    const parsed = (lines: readonly string[]): string[] => lines.map((line) => canonicalJson(z.json().parse(JSON.parse(line))));
    const intents = [...journal.entries({ kind: 'intent' })];
    const outcomes = intents.map(({ seq }) => journal.outcomeOf(seq)?.payload ?? 'open');
    const ours = intents.filter((_, index) => outcomes[index]?.includes('"result":"done"')).map((intent) => String(payloadOf(intent)['key']));
    expect(outcomes).not.toContain('open');
    expect([...journal.entries({ kind: 'outcome' })]).toHaveLength(intents.length);
    expect(journal.verify('full')).toMatchObject({ damages: [], notes: [] });
    expect([...journal.entries({ runId, kind: 'receipt.kept' })]).toHaveLength(1);
    expect(mirroredSnapshots(journal, runId).complete).toBe(true);
    const anchored = heads.map((line) => z.object({ seq: z.int(), hash: z.string() }).parse(JSON.parse(line)));
    expect(anchored.at(-1)?.seq, 'the end of the last command is anchored').toBe(journal.head()?.seq);
    return {
      items: compared([...itemBatches(journal, runId)].flatMap(({ lines }) => parsed(lines)), items),
      snapshots: compared([...snapshotBatches(journal, runId)].flatMap(({ lines }) => parsed(lines)), snapshots),
      calls: compared(ours, keys),
      anchors: compared(anchored.map(({ seq }) => `${seq} ${journal.get(seq)?.hash ?? ''}`).toSorted(), anchored.map(({ seq, hash }) => `${seq} ${hash}`).toSorted()),
    };
  } finally {
    journal.close();
  }
}

/** Where all is as it must be, also the same order. */
function compared(inJournal: readonly string[], onServer: readonly string[]): Account['items'] {
  const left = [...onServer];
  const doubled = inJournal.filter((line) => {
    const at = left.indexOf(line);
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
  return { lost: left, doubled };
}

const AGREED: Account = { items: { lost: [], doubled: [] }, snapshots: { lost: [], doubled: [] }, calls: { lost: [], doubled: [] }, anchors: { lost: [], doubled: [] } };

/** Kills the operator that `next` begins, at the call and moment that it names, again and again until one comes through. */
async function runWithKills(site: Site, random: () => number): Promise<number> {
  const server = await site.startServer();
  let target = { call: 0, moment: MOMENTS[0] as (typeof MOMENTS)[number], laterMs: 0 };
  let seen = 0;
  let operator: OperatorProcess | undefined;
  const atCall = async (now: 'before_the_server' | 'after_the_server'): Promise<boolean> => {
    if (now === 'before_the_server') seen += 1;
    if (seen !== target.call || operator === undefined) return false;
    const victim = operator;
    if (target.moment === 'a_while_later' && now === 'after_the_server') void wait(target.laterMs).then(async () => victim.kill());
    if (target.moment !== now) return false;
    await victim.kill();
    return true;
  };
  const proxy = await startCuttingProxy(server.url, async () => ((await atCall('after_the_server')) ? 'lost' : 'arrives'), async () => atCall('before_the_server'));
  try {
    site.proxy.pointTo(proxy.url);
    await done(site.operator(['env', 'add', 'proof', '--url', site.proxy.url]));
    let kills = 0;
    for (let isThrough = false; !isThrough; ) {
      seen = 0;
      target = { call: 1 + Math.floor(random() * CALLS_MAX), moment: MOMENTS[Math.floor(random() * MOMENTS.length)] ?? MOMENTS[0], laterMs: random() * LATER_MAX_MS };
      operator = site.operator([...executing(), '--rate', String(ROWS_A_SECOND)]);
      const { exitCode } = await operator.ended;
      if (exitCode === null) kills += 1;
      isThrough = exitCode !== null && (await hasEnded(site.database));
    }
    operator = undefined;
    return kills;
  } finally {
    site.proxy.pointTo(server.url);
    await proxy.close();
  }
}

async function executionOf(site: Site): Promise<string> {
  const { rows } = await onDatabase(site.database, async (client) => client.query<{ id: string }>(`select id from runs where kind = 'execution'`));
  expect(rows, 'one run, however often it was asked for').toHaveLength(1);
  return rows[0]?.id ?? '';
}

describe(`an execution of ${String(ROWS)} rows whose operator is killed ${String(KILLS)} times`, () => {
  it(`leaves journal and server saying the same (seed ${String(SEED)})`, { timeout: 3_600_000 }, async () => {
    const random = seededRandom(SEED);
    let kills = 0;
    while (kills < KILLS) {
      kills += await sites.onSite(async (site) => {
        const earlier = await keysOnServer(site);
        const came = await runWithKills(site, random);
        const runId = await executionOf(site);
        await done(site.operator(['status', runId]));
        const account = await accountOf(site, runId, (await keysOnServer(site)).filter((key) => !earlier.includes(key)));
        expect(account, `after ${String(kills + came)} kills`).toEqual(AGREED);
        return came;
      });
    }
    expect(kills).toBeGreaterThanOrEqual(KILLS);
  });
});

const items = '/operator/runs/mirrored-items.ts';
const snapshots = '/operator/runs/mirrored-snapshots.ts';
const mirror = '/operator/runs/run-mirror.ts';
/** Pages of forty, so that a run of two hundred has several of each. */
const smallPages: readonly Mutant[] = [
  { file: mirror, from: 'const PAGE = 1_000;', to: 'const PAGE = 40;' },
  { file: snapshots, from: "const PAGE = '1000';", to: "const PAGE = '40';" },
];
/** At its third time, which is in the middle. */
const DIES = `if ((globalThis.times = (globalThis.times ?? 0) + 1) === 3) process.kill(process.pid, 'SIGKILL');`;
const before = (file: string, text: string): Mutant => ({ file, from: text, to: `${DIES}\n${text}` });
const after = (file: string, text: string): Mutant => ({ file, from: text, to: `${text}\n${DIES}` });

const inItems = "sealed: { scope, text: fresh.map((item) => JSON.stringify(item)).join('\\n') },\n    });";
const keepsItems = 'keepItems(journal, environment.id, runId, items);';
const inSnapshots = "sealed: { scope, text: [{ next_cursor: page.next_cursor }, ...page.items].map((line) => JSON.stringify(line)).join('\\n') },\n      });";
const keepsReceipt = "if (journal.last('receipt.kept', runId) === undefined) {";
const ONCE = { from: '=== 3)', to: '=== 1)' };

/** Where the operator dies in the middle of what it mirrors, and comes back. */
const deaths: Readonly<Record<string, Mutant>> = {
  'with a page of items in its transaction': after(items, inItems),
  'with a page of prior states in its transaction': after(snapshots, inSnapshots),
  'before a page of items is kept': before(mirror, keepsItems),
  'before a page of items is anchored': after(mirror, keepsItems),
  'before a page of prior states is anchored': before(snapshots, 'await environment.anchor(runId);'),
  'before the record of the last entry is kept': before('/operator/journal/open-journal.ts', '// One that says that more stood here'),
  'before the receipt is asked for': { ...before(mirror, keepsReceipt), to: before(mirror, keepsReceipt).to.replace(ONCE.from, ONCE.to) },
};

/** Wrong designs of mirroring, with the place where the operator dies. */
const mutants: Readonly<Record<string, { readonly edits: readonly Mutant[]; readonly shows: (account: Account) => unknown; readonly expected: unknown }>> = {
  'moves its cursor before the items are written': {
    edits: [
      { file: items, from: inItems, to: inItems.replace("fresh.map((item) => JSON.stringify(item)).join('\\n')", "''") },
      {
        file: mirror,
        from: keepsItems,
        to: `${keepsItems}\n${DIES}\njournal.append({ kind: 'items.mirrored', payload: { run_id: runId, from: items[0].seq, to: items.at(-1).seq, outcomes: {} }, sealed: { scope: journal.scopeOfRun(runId), text: items.map((item) => JSON.stringify(item)).join('\\n') } });`,
      },
    ],
    shows: ({ items: { lost, doubled } }) => [lost.length, doubled.length],
    expected: [40, 0],
  },
  'resumes at the first item and looks for none that is there': {
    edits: [
      { file: mirror, from: 'const after = mirroredItems(journal, runId);', to: 'const after = globalThis.cursor ?? 0;' },
      { file: mirror, from: keepsItems, to: `${keepsItems}\nglobalThis.cursor = items.at(-1).seq;\n${DIES}` },
      { file: items, from: 'if (mirroredItems(journal, runId) >= (given.at(-1)?.seq ?? 0)) return;', to: '' },
      { file: items, from: "const known = upTo(writer.last('items.mirrored', runId));", to: 'const known = (given[0]?.seq ?? 1) - 1;' },
    ],
    shows: ({ items: { lost, doubled } }) => [lost.length, doubled.length],
    expected: [0, 120],
  },
  'moves its cursor before the prior states are written': {
    edits: [
      { file: snapshots, from: inSnapshots, to: `${inSnapshots.replace(', ...page.items]', ']')}\n    });\n    ${DIES}\n    journal.write((writer) => {\n      writer.append({ kind: 'snapshots.mirrored', payload: { run_id: runId, from: count + 1, to: count + page.items.length, complete: page.next_cursor === null }, sealed: { scope, text: [{ next_cursor: page.next_cursor }, ...page.items].map((line) => JSON.stringify(line)).join('\\n') } });` },
    ],
    shows: ({ snapshots: { lost, doubled } }) => [lost.length, doubled.length],
    expected: [40, 0],
  },
  'resumes at the first prior state': {
    edits: [
      { file: snapshots, from: 'const cursor = last === undefined ? null : cursorOf(journal, last);', to: 'const cursor = globalThis.place ?? null;' },
      before(snapshots, 'await environment.anchor(runId);'),
      { file: snapshots, from: 'journal.write((writer) => {', to: 'globalThis.place = page.next_cursor;\n    journal.write((writer) => {' },
    ],
    shows: ({ snapshots: { lost, doubled } }) => [lost.length, doubled.length],
    expected: [0, 120],
  },
};

describe('a finished run that is mirrored by an operator who dies', () => {
  const deathNames = Object.keys(deaths).slice(0, proofSize({ short: 0, full: 99 }));
  const mutantNames = Object.keys(mutants).slice(0, proofSize({ short: 1, full: 99 }));

  it(`is whole when the operator comes back, wherever that was, and each wrong design is caught`, { timeout: 600_000 }, async () => {
    await sites.onSite(async (site) => {
      await site.startServer();
      await done(site.operator(['env', 'add', 'proof', '--url', site.proxy.url]));
      await done(site.operator(executing()));
      const runId = await executionOf(site);
      /** What there is after one has died with the edits and another has come back with the rest of them. */
      const accountAfter = async (name: string, dying: readonly Mutant[], living: readonly Mutant[]): Promise<Account> => {
        const home = join(dirname(site.home), name.replaceAll(' ', '-'));
        await done(site.operator(['env', 'add', 'proof', '--url', site.proxy.url], [], home));
        const { exitCode, stderr } = await site.operator(['status', runId], dying, home).ended;
        expect(exitCode, `${name}: ${stderr}`).toBeNull();
        await done(site.operator(['status', runId], living, home));
        return accountOf(site, runId, [], home);
      };
      for (const name of deathNames) {
        const death = deaths[name];
        expect(await accountAfter(name, [...smallPages, ...(death === undefined ? [] : [death])], smallPages), name).toEqual(AGREED);
      }
      for (const name of mutantNames) {
        const mutant = mutants[name];
        if (mutant === undefined) continue;
        const living = mutant.edits.map((edit) => ({ ...edit, to: edit.to.replace(DIES, '') }));
        expect(mutant.shows(await accountAfter(name, [...smallPages, ...mutant.edits], [...smallPages, ...living])), name).toEqual(mutant.expected);
      }
    });
  });
});
