import { afterAll, beforeAll, expect, it } from 'vitest';
import { runBatch } from '../../server/engine/batch.ts';
import { applyRows } from '../../server/playbooks/account-prep/apply.ts';
import { startAdminServer, type AdminServer } from '../support/admin-server.ts';
import { wayOf, type Way } from '../support/migration-way.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { kindOf, preparePlan, recordOf, type PreparedPlan } from '../support/prepared-plan.ts';
import { proofSize } from '../support/proof-size.ts';

/**
 * While a run goes on, customers change 5 % of the rows that it has not come to: they link a Stripe id of their own. Each is
 * reported as drifted, with what was planned and what is so now, and none is overwritten.
 */
const ROWS = proofSize({ short: 400, full: 20_000 });
const BATCH = ROWS / 8;
/** Every twentieth person, all of a kind that the plan updates; the first ones were test customers. */
const changed = Array.from({ length: ROWS / 20 }, (_, place) => place * 20 + 10).filter((index) => kindOf(index) === 'by_email');
const ownStripeId = (index: number): string => `cus_OWN${String(index)}`;

let postgres: TestPostgres;
let world: PreparedPlan;
let server: AdminServer;
let way: Way;

beforeAll(async () => {
  postgres = await startPostgres();
  world = await preparePlan(await postgres.createDatabase(), ROWS);
  server = await startAdminServer({ engine: 'stopped', location: { kind: 'postgres', url: world.url } });
  way = await wayOf(server, { id: world.migrationId, flag: '', tag: '', addUser: () => Promise.reject(new Error('nobody is added')) });
});
afterAll(async () => {
  await server.close();
  await postgres.stop();
});

/** What the customer of that place has: the Stripe id, and whether they are armed or were told to reset. */
async function stateOf(index: number): Promise<unknown> {
  const [row] = await server.test.asLogin(
    `select s.stripe_customer_id as stripe, u.must_reset_password as reset, exists (select from members m where m.user_id = u.id) as armed
      from user_emails e join users u on u.id = e.user_id left join stripe_links s on s.user_id = u.id where e.email = $1`,
    [recordOf(index).email],
  );
  return row;
}

it(`reports every one of ${String(changed.length)} rows of ${String(ROWS)} that customers changed during the run, and overwrites none`, { timeout: 300_000 }, async () => {
  const reply = await way.execute(world.planHash, { acknowledged: world.nameOnly });
  const runId = String(reply.body['run_id']);
  const mine = [...changed];
  for (;;) {
    const end = await runBatch(server.test.store, runId, BATCH);
    if (end?.goesOn !== true) break;
    const { body } = await server.call('GET', `/admin/runs/${runId}`, { token: way.reader });
    // Those of the next batch change now, behind the plan's back and in front of the run.
    const until = Number(body['rows_done']) + BATCH;
    for (; mine[0] !== undefined && mine[0] < until; mine.shift()) {
      if (mine[0] < Number(body['rows_done'])) continue;
      await server.test.asLogin('insert into stripe_links (stripe_customer_id, user_id) select $1, user_id from user_emails where email = $2', [ownStripeId(mine[0]), recordOf(mine[0]).email]);
    }
  }
  const late = changed.filter((index) => index >= BATCH);
  const drifted = await server.test.asLogin(`select key, item -> 'planned' ->> 'stripe_customer_id' as planned, item -> 'now' ->> 'stripe_customer_id' as now
    from run_items where run_id = $1 and outcome = 'drifted' order by row_no`, [runId]);
  expect(drifted).toEqual(late.map((index) => ({ key: recordOf(index).email, planned: null, now: ownStripeId(index) })));
  for (const index of late) expect(await stateOf(index)).toEqual({ stripe: ownStripeId(index), reset: false, armed: false });
  const { body } = await server.call('GET', `/admin/runs/${runId}`, { token: way.reader });
  expect(body).toMatchObject({ state: 'completed', counts: { drifted: late.length, failed: 0, applied: ROWS - late.length - 3, no_change: 3 } });
  expect(late.length).toBeGreaterThan(0);

  // The design that this guards against: writing a row because it was planned, without comparing.
  const [index = 0] = late;
  const [target] = await server.test.asLogin('select user_id from user_emails where email = $1', [recordOf(index).email]);
  const [plan] = await server.test.asLogin('select cohort from plans where plan_hash = $1', [world.planHash]);
  await server.test.store.inRunnerTx(runId, async (tx) => {
    const row = { row: index + 1, record: recordOf(index), userId: String(target?.['user_id']), isNew: false };
    await applyRows(tx, { runId, cohort: String(plan?.['cohort']), settings: { migration: world.migrationId, cohortTag: 't', sourceFile: 'f' } }, [row]);
  });
  expect(await stateOf(index), 'what the proof looks at shows that mistake').toEqual({ stripe: recordOf(index).stripe_customer_id, reset: true, armed: true });
});
