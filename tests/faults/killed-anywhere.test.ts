import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Journal } from '../../operator/journal/journal.ts';
import { openJournal } from '../../operator/journal/open-journal.ts';
import { payloadOf } from '../../operator/journal/payload.ts';
import { itemBatches, itemOfLine } from '../../operator/runs/mirrored-items.ts';
import { createFileSecretStore } from '../../operator/environments/file-secret-store.ts';
import { seededRandom } from '../../server/practice/random.ts';
import { startAdminServer } from '../support/admin-server.ts';
import { wayOf } from '../support/migration-way.ts';
import { type KillMoment, startKillingProxy } from '../support/killing-proxy.ts';
import { type MovingProxy, startMovingProxy } from '../support/moving-proxy.ts';
import { type Mutant, type OperatorProcess, startOperator } from '../support/operator-process.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { preparePlan, type PreparedPlan } from '../support/prepared-plan.ts';
import { preparedServerSettings, preparedServerToken } from '../support/prepared-server.ts';
import { proofSize } from '../support/proof-size.ts';
import { firstDifferences, runEffects } from '../support/run-effects.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

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

let postgres: TestPostgres;
let admin: pg.Client;
let world: PreparedPlan;
let expected: readonly string[];

beforeAll(async () => {
  postgres = await startPostgres();
  admin = new pg.Client({ connectionString: postgres.url() });
  await admin.connect();
  world = await preparePlan(await postgres.createDatabase(), ROWS);
  expected = await onCopy(async (url) => {
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
afterAll(async () => {
  await admin.end();
  await postgres.stop();
});

/** The prepared database once more, for one run. */
async function onCopy<T>(work: (url: string) => Promise<T>): Promise<T> {
  const name = `copy_${randomUUID().replaceAll('-', '')}`;
  await admin.query(`create database ${name} template ${new URL(world.url).pathname.slice(1)}`);
  try {
    return await work(postgres.url(name));
  } finally {
    await admin.query(`drop database ${name} with (force)`);
  }
}

async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A server behind one address, and an operator with a home of its own who knows that address. */
type Site = {
  readonly proxy: MovingProxy;
  readonly operator: (args: readonly string[], mutant?: Mutant) => OperatorProcess;
  readonly startServer: () => Promise<ServerProcess>;
  readonly database: string;
  readonly home: string;
};

async function onSite<T>(work: (site: Site) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'drydock-killed-'));
  const proxy = await startMovingProxy();
  const servers: ServerProcess[] = [];
  try {
    return await onCopy(async (database) => {
      await onDatabase(database, async (client) => client.query('update feature_flags set enabled = true'));
      const token = await preparedServerToken('wendy', ['migration:write']);
      const site: Site = {
        proxy,
        database,
        home,
        operator: (args, mutant) => startOperator(args, { DRYDOCK_HOME: home, DRYDOCK_TOKEN: token }, mutant),
        async startServer() {
          const server = await startServerProcess(preparedServerSettings({ ...world, url: database }));
          servers.push(server);
          proxy.pointTo(server.url);
          await onDatabase(database, async (client) => client.query('update feature_flags set enabled = true'));
          return server;
        },
      };
      try {
        return await work(site);
      } finally {
        for (const server of servers) await server.stop('SIGKILL');
      }
    });
  } finally {
    await proxy.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function done(operator: OperatorProcess): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await operator.ended;
  if (exitCode !== 0 && exitCode !== 2) throw new Error(`the operator ended with ${String(exitCode)}:\n${stdout}${stderr}`);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout));
}

const victims = ['server', 'operator', 'both'] as const;

/** Runs the plan while one after the other is killed. Gives how many kills came before the run had ended. */
async function runWithKills(site: Site, random: () => number): Promise<number> {
  const execute = (): OperatorProcess => site.operator(['execute', world.planHash, '--migration', world.migrationId, '--ack-name-matches', String(world.nameOnly.length), '--rate', String(ROWS_A_SECOND)]);
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

async function hasEnded(database: string): Promise<boolean> {
  const { rows } = await onDatabase(database, async (client) => client.query<{ state: string }>(`select state from runs where kind = 'execution'`));
  return rows.some(({ state }) => state === 'completed' || state === 'completed_with_failures');
}

describe(`an execution of ${String(ROWS)} rows whose server and operator are killed, ${String(KILLS)} times in all`, () => {
  const random = seededRandom(SEED);
  let kills = 0;

  it(`loses no row and doubles none (seed ${String(SEED)})`, { timeout: 3_600_000 }, async () => {
    for (let round = 1; kills < KILLS; round += 1) {
      kills += await onSite(async (site) => {
        const came = await runWithKills(site, random);
        const about = `round ${String(round)}`;
        const runs = await onDatabase(site.database, async (client) => (await client.query<{ id: string }>(`select id from runs where kind = 'execution'`)).rows);
        expect(runs.length, `${about}: one run, however often it was asked for`).toBe(1);
        const runId = runs[0]?.id ?? '';
        const effects = await onDatabase(site.database, async (client) => runEffects(async (text, values) => (await client.query<Record<string, unknown>>(text, [...(values ?? [])])).rows, runId));
        expect(firstDifferences(expected, effects), about).toEqual([]);
        expect(effects.length, about).toBe(expected.length);

        // The operator comes back, and has all of it, each item once.
        const answered = await done(site.operator(['execute', world.planHash, '--migration', world.migrationId, '--ack-name-matches', String(world.nameOnly.length)]));
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

type Account = { readonly inJournal: number; readonly onServer: number };

/** An operator asks for a dry run, is killed at that call, and comes back: how many dry runs its journal has, and the server. */
async function dryRunsAfterAKill(moment: KillMoment, mutant?: Mutant): Promise<Account> {
  return onSite(async (site) => {
    const { url } = await site.startServer();
    const file = join(site.home, 'one.csv');
    await writeFile(file, 'email,full_name,signup_date,stripe_customer_id\nsomebody.new@example.org,Somebody New,2020-01-02,cus_SomebodyNew1\n');
    await done(site.operator(['env', 'add', 'proof', '--url', site.proxy.url]));
    const begun = Promise.withResolvers<OperatorProcess>();
    const killer = await startKillingProxy(url, '/dry-run', moment, async () => (await begun.promise).kill());
    site.proxy.pointTo(killer.url);
    const operator = site.operator(['dry-run', file, '--migration', world.migrationId], mutant);
    begun.resolve(operator);
    // A mutant may not get as far as the call.
    await Promise.race([killer.killed, operator.ended]);
    site.proxy.pointTo(url);
    await site.operator(['runs'], mutant).ended;
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
  const journal = openJournal({ home, secrets: createFileSecretStore(home), clock: () => new Date(), randomBytes, log: { write: () => undefined } });
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
    await onSite(async (site) => {
      await site.startServer();
      await done(site.operator(['env', 'add', 'proof', '--url', site.proxy.url]));
      const { run_id: runId } = z.object({ run_id: z.string() }).parse(await done(site.operator(['execute', world.planHash, '--migration', world.migrationId, '--stage', '2%', '--ack-name-matches', String(world.nameOnly.length)])));
      await done(site.operator(['status', runId]));
      const onServer = await itemsOnServer(site.database, runId);
      expect(onServer.length).toBeGreaterThan(0);
      expect(itemsInJournal(site.home, runId)).toEqual(onServer);
      await done(site.operator(['status', runId], withoutLooking));
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
