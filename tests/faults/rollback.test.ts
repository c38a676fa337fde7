import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBatch } from '../../server/engine/batch.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import { startAdminServer, type AdminServer, type TestMigration } from '../support/admin-server.ts';
import { wayOf, type InlineRecord, type Way } from '../support/migration-way.ts';
import { proofSize } from '../support/proof-size.ts';
import { previewRollback, startRollback, type Whom } from '../support/roll-back.ts';

/**
 * Rollback is exact or explained: after random runs and random changes by customers, whoever was left alone is as before,
 * byte for byte, and whoever was not is as they left it. Batches break in the middle and go on; a second time does nothing.
 */
const RUNS = proofSize({ short: 20, full: 300 });
const COHORT = proofSize({ short: 12, full: 30 });
const SEED = Number(process.env['DRYDOCK_SEED'] ?? 20_250_809);

let server: AdminServer;
beforeAll(async () => {
  server = await startAdminServer({ engine: 'stopped' });
});
afterAll(async () => server.close());

/** A repeatable sequence of numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** Each customer's record with everything that a rollback promises to put back, by id. */
async function customers(): Promise<ReadonlyMap<string, string>> {
  const rows = await server.test.asLogin(`select u.id::text as id, (to_jsonb(u)::text
      || coalesce((select jsonb_agg(to_jsonb(e) order by e.email)::text from user_emails e where e.user_id = u.id), '')
      || coalesce((select jsonb_agg(to_jsonb(s))::text from stripe_links s where s.user_id = u.id), '')) as record from users u`);
  return new Map(rows.map((row) => [String(row['id']), String(row['record'])]));
}

/** A cohort of each kind of row, beside people whom it does not concern. */
async function settle(migration: TestMigration, random: () => number): Promise<readonly InlineRecord[]> {
  const tag = migration.id.replaceAll('-', '');
  const records: InlineRecord[] = [];
  for (let row = 1; row <= COHORT; row += 1) {
    const name = `Person ${String(row)} ${migration.id}`;
    const email = `p${String(row)}@${migration.id}.example.org`;
    const kind = random();
    const stripe = random() < 0.5 ? { stripeCustomerId: `cus_${tag}Old${String(row)}` } : {};
    if (kind < 0.5) await migration.addUser({ email, name, ...stripe });
    else if (kind < 0.75) await migration.addUser({ email: `old.p${String(row)}@${migration.id}.example.org`, name });
    records.push({ email, full_name: name, stripe_customer_id: `cus_${tag}New${String(row)}` });
  }
  await migration.addUser({ email: `bystander@${migration.id}.example.org`, name: `Bystander ${migration.id}`, stripeCustomerId: `cus_${tag}By` });
  return records;
}

/** The gate of the test run is proven elsewhere; here it is open, so that a round costs no sign-in. */
async function passTestRun(migration: TestMigration, plan: { readonly planHash: string; readonly cohort: string }, keys: readonly string[]): Promise<void> {
  const runId = randomUUID();
  const { asLogin } = server.test;
  await asLogin(`insert into runs (id, migration_id, kind, plan_hash, cohort, state, requested_by) values ($1, $2, 'test_run', $3, $4, 'completed', 'proof')`, [runId, migration.id, plan.planHash, plan.cohort]);
  await asLogin(
    `insert into test_sets (run_id, migration_id, cohort, plan_hash, credential_id, state, passed_at)
     select $1, $2, $3, $4, c.id, 'closed', now() from temp_credentials c where c.migration_id = $2`,
    [runId, migration.id, plan.cohort, plan.planHash],
  );
  for (const [index, kind] of ['email_match', 'name_match', 'new_profile'].entries()) {
    await asLogin('insert into test_members (run_id, user_id, cohort, key, kind) values ($1, $2, $3, $4, $5)', [runId, randomUUID(), plan.cohort, keys[index] ?? '', kind]);
  }
}

/** Takes batches until the run has ended. Now and then one breaks in the middle, as if its process had been killed. */
async function toTheEnd(runId: string, random: () => number, betweenBatches: () => Promise<void> = async () => undefined): Promise<string> {
  for (;;) {
    if (random() < 0.25) await breakInTheMiddle(runId);
    const end = await runBatch(server.test.store, runId, 1 + Math.floor(random() * (COHORT / 2)));
    if (end === undefined) throw new Error('The run is gone.');
    if (isEnded(end.state)) return end.state;
    await betweenBatches();
  }
}

/** A batch whose last statement fails: nothing of it may stay. */
async function breakInTheMiddle(runId: string): Promise<void> {
  const { asLogin } = server.test;
  await asLogin(`create function broken() returns trigger language plpgsql as $$ begin raise exception 'the process was killed' using errcode = '57P01'; end $$`);
  await asLogin('create trigger broken after insert on run_items for each statement execute function broken()');
  try {
    await expect(runBatch(server.test.store, runId, 5)).rejects.toThrow('the process was killed');
  } finally {
    await asLogin('drop trigger broken on run_items');
    await asLogin('drop function broken()');
  }
}

async function executed(way: Way, migration: TestMigration, records: readonly InlineRecord[], sourceFile: string, random: () => number): Promise<void> {
  const plan = await way.plan(records, { source_file: sourceFile });
  await passTestRun(migration, plan, records.map(({ email }) => email));
  expect((await way.approve(plan.planHash)).status).toBe(201);
  const nameOnly = plan.rows.filter(({ match, action }) => match === 'MATCH_NAME_UNIQUE' && action === 'UPDATE_EXISTING').map(({ email }) => email);
  const reply = await way.execute(plan.planHash, nameOnly.length === 0 ? {} : { acknowledged: nameOnly });
  expect(reply.status, reply.text).toBe(202);
  expect(await toTheEnd(String(reply.body['run_id']), () => 0.5 + random() / 2)).toBe('completed');
}

/** Something that a customer, or whoever serves them, does to one member's record. */
async function change(migration: TestMigration, userId: string, random: () => number): Promise<void> {
  const { asLogin } = server.test;
  const kind = random();
  if (kind < 0.4) {
    await asLogin(`update users set password_hash = 'set by the customer', must_reset_password = false, password_last_set_at = now(), password_set_method = 'forced-migration-reset' where id = $1`, [userId]);
    await asLogin(`update members set state = 'completed', completed_at = now() where user_id = $1 and migration_id = $2`, [userId, migration.id]);
    await asLogin(
      `insert into events (id, migration_id, user_id, cohort, key, name, properties, state)
       select $3, m.migration_id, m.user_id, m.cohort, m.key, 'Migration Complete', '{}', 'recorded' from members m where m.user_id = $1 and m.migration_id = $2`,
      [userId, migration.id, randomUUID()],
    );
  } else if (kind < 0.7) await asLogin(`update stripe_links set stripe_customer_id = 'cus_changed' || substr($2, 1, 8) where user_id = $1`, [userId, randomUUID()]);
  else await asLogin(`update users set password_last_set_at = now() where id = $1`, [userId]);
}

async function membersOf(migration: TestMigration): Promise<readonly string[]> {
  return (await server.test.asLogin('select user_id::text as id from members where migration_id = $1 order by key', [migration.id])).map((row) => String(row['id']));
}

async function round(seed: number): Promise<{ readonly reverted: number; readonly kept: number }> {
  const random = randomFrom(seed);
  const migration = await server.newMigration();
  const way = await wayOf(server, migration);
  const records = await settle(migration, random);
  const before = await customers();
  await executed(way, migration, records, 'cohort.csv', random);
  if (random() < 0.3) await executed(way, migration, records, 'again.csv', random);

  const members = await membersOf(migration);
  const changed = new Map<string, string>();
  const changeSome = async (share: number): Promise<void> => {
    for (const userId of members) {
      if (changed.has(userId) || random() >= share) continue;
      const [state] = await server.test.asLogin('select state from members where migration_id = $1 and user_id = $2', [migration.id, userId]);
      if (state?.['state'] !== 'armed') continue;
      await change(migration, userId, random);
      changed.set(userId, (await customers()).get(userId) ?? '');
    }
  };
  await changeSome(0.03);
  const whom: Whom = { all: true };
  const { rollback_hash: hash } = await previewRollback(server, way, whom);
  const started = await startRollback(server, way, whom, hash);
  expect(started.status, started.text).toBe(202);
  const runId = String(started.body['run_id']);
  expect(await toTheEnd(runId, random, async () => changeSome(0.02))).toBe('completed');

  const after = await customers();
  for (const [userId, record] of before) if (!changed.has(userId)) expect(after.get(userId), `seed ${String(seed)}`).toBe(record);
  for (const [userId, record] of changed) expect(after.get(userId), `seed ${String(seed)}: what somebody changed`).toBe(record);
  for (const userId of after.keys()) expect(before.has(userId) || changed.has(userId), `seed ${String(seed)}: a profile that was left over`).toBe(true);
  const items = await way.items(runId);
  expect(items.map(({ seq }) => seq)).toEqual(items.map((_item, place) => place + 1));
  expect(items.map(({ email }) => String(email)).toSorted()).toEqual(records.map(({ email }) => email).toSorted());
  expect(items.filter(({ outcome }) => outcome === 'kept_changed_since').map(({ user_id: userId }) => String(userId)).toSorted()).toEqual([...changed.keys()].toSorted());
  for (const item of items) if (item['outcome'] === 'kept_changed_since') expect(item['planned']).not.toEqual(item['now']);

  const again = await previewRollback(server, way, whom);
  expect(again.counts.reverted).toBe(0);
  const second = await startRollback(server, way, whom, again.rollback_hash);
  expect(await toTheEnd(String(second.body['run_id']), random)).toBe('completed');
  expect(await customers()).toEqual(after);
  return { reverted: COHORT - changed.size, kept: changed.size };
}

describe(`rollback is exact or explained (seed ${String(SEED)})`, () => {
  it(`over ${String(RUNS)} random runs`, { timeout: 1_800_000 }, async () => {
    const seeds = fc.sample(fc.nat(), { seed: SEED, numRuns: RUNS });
    let kept = 0;
    for (const seed of seeds) kept += (await round(seed)).kept;
    expect(kept, 'nobody was changed in all these runs, so nothing was proven of it').toBeGreaterThan(0);
  });
});
