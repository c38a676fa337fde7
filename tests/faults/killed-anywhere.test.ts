import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openJournalIn } from '../../operator/journal/journal-home.testing.ts';
import type { Journal } from '../../operator/journal/journal.ts';
import { payloadOf } from '../../operator/journal/payload.ts';
import { itemBatches, itemOfLine } from '../../operator/runs/mirrored-items.ts';
import { seededRandom } from '../../server/practice/random.ts';
import { startAdminServer } from '../support/admin-server.ts';
import { wayOf } from '../support/migration-way.ts';
import { type KilledSites, type Site, done, hasEnded, onDatabase, startKilledSites } from '../support/killed-site.ts';
import { type KillMoment, startKillingProxy } from '../support/killing-proxy.ts';
import type { Mutant, OperatorProcess } from '../support/operator-process.ts';
import { proofSize } from '../support/proof-size.ts';
import { firstDifferences, runEffects } from '../support/run-effects.ts';

/**
 * Server, operator or both are killed with -9 at random moments of an execution, again and again, and started anew. What is
 * there afterwards is what an undisturbed run leaves, row by row, and the operator's journal says the same.
 */
const ROWS = 2_000;
const KILLS_A_RUN = 5;
const KILLS = proofSize({ short: 10, full: 200 });
const SEED = 20261126;
/** Batches of a second each, so that there are moments between them and within them. */
const ROWS_A_SECOND = 500;

let sites: KilledSites;
let expected: readonly string[];

beforeAll(async () => {
  sites = await startKilledSites(ROWS);
  const { world } = sites;
  expected = await sites.onCopy(async (url) => {
    const server = await startAdminServer({ location: { kind: 'postgres', url } });
    try {
      const way = await wayOf(server, { id: world.migrationId, flag: '', tag: '', addUser: () => Promise.reject(new Error('nobody is added')) });
      const runId = String((await way.execute(world.planHash, { acknowledged: world.nameOnly })).body['run_id']);
      await way.settled(runId);
      return await runEffects(server.test.asLogin, runId);
    } finally {
      await server.close();
    }
  });
}, 300_000);
afterAll(async () => sites.close());

const victims = ['server', 'operator', 'both'] as const;

/** Runs the plan while one after the other is killed. Gives how many kills came before the run had ended. */
async function runWithKills(site: Site, random: () => number): Promise<number> {
  const execute = (): OperatorProcess => site.operator(['execute', sites.world.planHash, '--migration', sites.world.migrationId, '--ack-name-matches', String(sites.world.nameOnly.length), '--rate', String(ROWS_A_SECOND)]);
  let server = await site.startServer();
  await done(site.operator(['env', 'add', 'proof', '--url', site.proxy.url]));
  let operator = execute();
  let kills = 0;
  for (let kill = 0; kill < KILLS_A_RUN; kill += 1) {
    await wait(100 + random() * 1_100);
    const victim = victims[Math.floor(random() * victims.length)] ?? 'both';
    const isOver = await hasEnded(site.database);
    if (victim !== 'operator') {
      site.proxy.pointTo(null);
      await server.stop('SIGKILL');
    }
    if (victim !== 'server') await operator.kill();
    if (!isOver) kills += 1;
    if (victim !== 'operator') server = await site.startServer();
    if (victim !== 'server' || operator.isOver()) operator = execute();
  }
  // Whoever is left is asked until it is done: the last kill may have come before anything was begun.
  for (await operator.ended; !(await hasEnded(site.database)); await operator.ended) operator = execute();
  return kills;
}

describe(`an execution of ${String(ROWS)} rows whose server and operator are killed, ${String(KILLS)} times in all`, () => {
  const random = seededRandom(SEED);
  let kills = 0;

  it(`loses no row and doubles none (seed ${String(SEED)})`, { timeout: 3_600_000 }, async () => {
    for (let round = 1; kills < KILLS; round += 1) {
      kills += await sites.onSite(async (site) => {
        const came = await runWithKills(site, random);
        const about = `round ${String(round)}`;
        const runs = await onDatabase(site.database, async (client) => (await client.query<{ id: string }>(`select id from runs where kind = 'execution'`)).rows);
        expect(runs.length, `${about}: one run, however often it was asked for`).toBe(1);
        const runId = runs[0]?.id ?? '';
        const effects = await onDatabase(site.database, async (client) => runEffects(async (text, values) => (await client.query<Record<string, unknown>>(text, [...(values ?? [])])).rows, runId));
        expect(firstDifferences(expected, effects), about).toEqual([]);
        expect(effects.length, about).toBe(expected.length);

        // The operator comes back, and has all of it, each item once.
        const answered = await done(site.operator(['execute', sites.world.planHash, '--migration', sites.world.migrationId, '--ack-name-matches', String(sites.world.nameOnly.length)]));
        expect(answered['run_id'], about).toBe(runId);
        await done(site.operator(['status', runId]));
        const listed = z.object({ items: z.array(z.object({ run_id: z.string(), mirrored_items: z.int() })) }).parse(await done(site.operator(['runs'])));
        expect(listed.items.find(({ run_id: id }) => id === runId)?.mirrored_items, `${about}: items in the journal`).toBe(ROWS);
        expect(itemsInJournal(site.home, runId), `${about}: the journal says of each item what the server says`).toEqual(await itemsOnServer(site.database, runId));
        expect(await done(site.operator(['journal', 'verify'])), about).toMatchObject({ state: 'verified', anchor: 'agrees', open_intents: 0 });
        return came;
      });
    }
    expect(kills).toBeGreaterThanOrEqual(KILLS);
  });
});

const writingCalls = '/operator/environments/writing-call.ts';

/** Wrong designs of a writing call. Each must show as a difference between journal and server, or do nothing at all. */
const mutants = {
  no_key: { file: writingCalls, from: 'token, idempotencyKey: key,', to: 'token,' },
  a_fresh_key_each_attempt: { file: writingCalls, from: "idempotencyKey: key, timeoutMs: SETTLE_TIMEOUT_MS", to: "idempotencyKey: Buffer.from(parts.randomBytes(24)).toString('base64url'), timeoutMs: SETTLE_TIMEOUT_MS" },
  outcome_before_the_call: { file: writingCalls, from: 'const reply = await api\n', to: "recordOutcome(intent, { result: 'done' });\n      const reply = await api\n" },
} satisfies Record<string, Mutant>;

const mutantsOf = (mutant: Mutant | undefined): readonly Mutant[] => (mutant === undefined ? [] : [mutant]);

type Account = { readonly inJournal: number; readonly onServer: number };

/** An operator asks for a dry run, is killed at that call, and comes back: how many dry runs its journal has, and the server. */
async function dryRunsAfterAKill(moment: KillMoment, mutant?: Mutant): Promise<Account> {
  return sites.onSite(async (site) => {
    const { url } = await site.startServer();
    const file = join(dirname(site.home), 'one.csv');
    await writeFile(file, 'email,full_name,signup_date,stripe_customer_id\nsomebody.new@example.org,Somebody New,2020-01-02,cus_SomebodyNew1\n');
    await done(site.operator(['env', 'add', 'proof', '--url', site.proxy.url]));
    const begun = Promise.withResolvers<OperatorProcess>();
    const killer = await startKillingProxy(url, '/dry-run', moment, async () => (await begun.promise).kill());
    site.proxy.pointTo(killer.url);
    const operator = site.operator(['dry-run', file, '--migration', sites.world.migrationId], mutantsOf(mutant));
    begun.resolve(operator);
    // A mutant may not get as far as the call.
    await Promise.race([killer.killed, operator.ended]);
    site.proxy.pointTo(url);
    await site.operator(['runs'], mutantsOf(mutant)).ended;
    await killer.close();
    const outcomes = journalPayloads(site.home, 'outcome').filter((payload) => payload['call'] === 'dryRun' && payload['result'] === 'done');
    const made = await onDatabase(site.database, async (client) => (await client.query<{ id: string }>(`select r.id from runs r join plans p on p.plan_hash = r.plan_hash where r.kind = 'dry_run' and p.source_file = 'one.csv'`)).rows);
    return { inJournal: outcomes.length, onServer: made.length };
  });
}

/** Each item of a run as the journal has it, in the order in which they came there. */
function itemsInJournal(home: string, runId: string): readonly string[] {
  return withJournal(home, (journal) => [...itemBatches(journal, runId)].flatMap(({ lines }) => lines.map(itemOfLine)).map(({ seq, email, outcome }) => `${String(seq)} ${email} ${outcome}`));
}

async function itemsOnServer(database: string, runId: string): Promise<readonly string[]> {
  return onDatabase(database, async (client) => (await client.query<{ line: string }>(`select seq || ' ' || key || ' ' || outcome as line from run_items where run_id = $1 order by seq`, [runId])).rows.map(({ line }) => line));
}

/** What the entries of a kind say, in the journal of an operator who has ended. */
function journalPayloads(home: string, kind: 'intent' | 'outcome'): readonly Readonly<Record<string, unknown>>[] {
  return withJournal(home, (journal) => [...journal.entries({ kind })].map(payloadOf));
}

function withJournal<T>(home: string, work: (journal: Journal) => T): T {
  const journal = openJournalIn(home);
  try {
    return work(journal);
  } finally {
    journal.close();
  }
}

/** A mirror that begins at the first item whatever is there. */
const withoutLooking: Mutant = { file: '/operator/runs/mirrored-items.ts', from: "return batch === undefined ? 0 : Number(payloadOf(batch)['to']);", to: 'return 0;' };

describe('items that are mirrored once more', () => {
  it('enter the journal once, and are caught where the mirror does not look at what is there', { timeout: 300_000 }, async () => {
    await sites.onSite(async (site) => {
      await site.startServer();
      await done(site.operator(['env', 'add', 'proof', '--url', site.proxy.url]));
      const { run_id: runId } = z.object({ run_id: z.string() }).parse(await done(site.operator(['execute', sites.world.planHash, '--migration', sites.world.migrationId, '--stage', '2%', '--ack-name-matches', String(sites.world.nameOnly.length)])));
      await done(site.operator(['status', runId]));
      const onServer = await itemsOnServer(site.database, runId);
      expect(onServer.length).toBeGreaterThan(0);
      expect(itemsInJournal(site.home, runId)).toEqual(onServer);
      await done(site.operator(['status', runId], [withoutLooking]));
      expect(itemsInJournal(site.home, runId)).toEqual([...onServer, ...onServer]);
    });
  });
});

describe('an operator that is killed at a call', () => {
  it.each(['before_the_server', 'after_the_server'] as const)('has done it once, in its journal and on the server, when it comes back: %s', async (moment) => {
    expect(await dryRunsAfterAKill(moment)).toEqual({ inJournal: 1, onServer: 1 });
  });

  it('is caught without keys: nothing is done at all', async () => {
    expect(await dryRunsAfterAKill('after_the_server', mutants.no_key)).toEqual({ inJournal: 0, onServer: 0 });
  });

  it('is caught with a fresh key for each attempt: it is done twice', async () => {
    expect(await dryRunsAfterAKill('after_the_server', mutants.a_fresh_key_each_attempt)).toEqual({ inJournal: 1, onServer: 2 });
  });

  it('is caught when it writes the outcome before the call: its journal has what the server never heard of', async () => {
    expect(await dryRunsAfterAKill('before_the_server', mutants.outcome_before_the_call)).toEqual({ inJournal: 1, onServer: 0 });
  });
});
