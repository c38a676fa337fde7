import { sql } from 'kysely';
import { z } from 'zod';
import { factsSchema } from '../../shared/core/facts.ts';
import { listSnapshots, verifyRun, type Snapshot } from '../../shared/contract/admin/verification.ts';
import { customerStateSchema, factsOfState, type CustomerState } from '../../shared/playbooks/account-prep/customer-state.ts';
import { maskEmailsFact } from '../../shared/playbooks/account-prep/mask-row.ts';
import { findRun } from '../engine/run-store.ts';
import { verifyRunItems } from '../engine/verification.ts';
import { isId } from '../guards/lookup.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import { Refusal } from '../guards/refusal.ts';
import type { ReadTx } from '../store/store.ts';
import { asPlanner } from '../store/switch-role.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { badCursor, limitOf, pageOf } from './page.ts';
import { mayReviewNameMatches } from './plan-rows-shown.ts';
import { requireMigration } from './require-migration.ts';

/** Reading back what a run wrote, and looking at what was before it (A2, A20). */
export function registerVerification(routes: RouteRegistrar, { store }: AdminRouteDeps): void {
  routes.write(verifyRun, async (call) => {
    const migration = requireMigration(call);
    const { run_id: runId, sample } = call.body;
    const run = isId(runId) ? await findRun(call.tx, runId) : undefined;
    if (run === undefined || run.migrationId !== migration.id) throw new Refusal('unknown_run');
    if (run.kind !== 'execution' && run.kind !== 'test_run') {
      throw new Refusal('invalid_request', { because: 'Only a test run or an execution writes what can be read back.', errors: [{ path: 'run_id', message: `is a ${run.kind}` }] });
    }
    const tx = await asPlanner(call.tx);
    const found = await verifyRunItems(tx, run, sample === undefined ? undefined : { size: sample.size, seed: String(sample.seed) }, call.caller.sub);
    return {
      runId: found.runId,
      body: { run_id: found.runId, verified_run_id: run.id, counts: found.counts, rows_written: found.rowsWritten, differences: [...found.differences] },
    };
  });

  routes.read(listSnapshots, async (call) => {
    const { after } = call.query;
    if (after !== undefined && !isId(after)) throw badCursor();
    const limit = limitOf(call.query);
    const found = await store.inReadTx(async (tx) => readSnapshots(tx, call.params.run_id, after, limit + 1));
    const shown = mayReviewNameMatches(call.caller) ? found : found.map(masked);
    return { body: pageOf(shown, limit, (last) => last.user_id) };
  });
}

const rowSchema = z.object({ key: z.string(), user_id: z.string(), existed: z.boolean(), prior: z.unknown(), left_as: customerStateSchema, taken_at: z.date(), reverted_by: z.string().nullable() });

/** In the order of their key, so that a page of a million costs what a page of sixty does. */
async function readSnapshots(tx: ReadTx, runId: string, afterUser: string | undefined, limit: number): Promise<Snapshot[]> {
  const { rows } = await sql`select s.key, s.user_id, s.existed, s.prior, s.left_as, s.taken_at, v.reverted_by
    from snapshots s left join reverted_snapshots v on v.run_id = s.run_id and v.user_id = s.user_id
    where s.run_id = ${runId}::uuid and (${afterUser ?? null}::uuid is null or s.user_id > ${afterUser ?? null}::uuid) order by s.user_id limit ${limit}`.execute(tx);
  return z.array(rowSchema).parse(rows).map((row) => ({
    email: row.key,
    user_id: row.user_id,
    existed: row.existed,
    before: row.existed ? shownFacts(customerStateSchema.parse(row.prior)) : null,
    left_as: shownFacts(row.left_as),
    taken_at: row.taken_at.toISOString(),
    reverted_by: row.reverted_by,
  }));
}

function shownFacts(state: CustomerState): Snapshot['left_as'] {
  return factsSchema.parse(factsOfState(state));
}

function masked(snapshot: Snapshot): Snapshot {
  const mask = (facts: Snapshot['left_as']): Snapshot['left_as'] => maskEmailsFact(facts, snapshot.email);
  return { ...snapshot, before: snapshot.before === null ? null : mask(snapshot.before), left_as: mask(snapshot.left_as) };
}
