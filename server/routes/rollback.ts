import { listRollbackItems, rollBack, type RollbackPreview } from '../../shared/contract/admin/rollback.ts';
import { maskItem } from '../../shared/playbooks/account-prep/mask-row.ts';
import { beginRollback, preview, type RollbackOrder } from '../engine/begin-rollback.ts';
import { weighRollback } from '../engine/rollback-approval.ts';
import { findRollbackPlan, previewItems, readRollbackRows, type RollbackPlan } from '../engine/rollback-store.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import { Refusal } from '../guards/refusal.ts';
import type { ReadTx } from '../store/store.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { foldAll, holdMigration } from './gates-before-writing.ts';
import { pageOf, readCursor } from './page.ts';
import { mayReviewNameMatches } from './plan-rows-shown.ts';
import { requireMigration } from './require-migration.ts';

const SHOWN_ITEMS = 1000;

/** `POST .../rollback` (A20): a preview under its hash, then exactly that. Neither waits for the flag (A15). */
export function registerRollback(routes: RouteRegistrar, { store, engine, policy, environment }: AdminRouteDeps): void {
  routes.write(rollBack, async (call) => {
    const migration = requireMigration(call);
    const { body } = call;
    const order: RollbackOrder = {
      environmentId: environment.id,
      migrationId: migration.id,
      selection: 'emails' in body ? { emails: foldAll(body.emails, 'emails') } : { all: true },
      policy,
      sub: call.caller.sub,
    };
    // A preview too: two at once would file one plan twice.
    await holdMigration(call.tx, migration.id);
    if (body.preview) {
      const plan = await preview(call.tx, order);
      return { status: 200, body: await previewShown(call.tx, plan, (await weighRollback(call.tx, policy, plan)).needsApproval) };
    }
    const { runId, isNew } = await beginRollback(call.tx, order, { rollbackHash: body.rollback_hash, rowsPerSecond: body.rows_per_second ?? null });
    if (isNew) call.afterCommit(() => engine.attend(runId));
    return { runId, body: { run_id: runId } };
  });

  routes.read(listRollbackItems, async (call) => {
    const migration = requireMigration(call);
    const { after, limit } = readCursor(call.query);
    const items = await store.inReadTx(async (tx) => {
      const plan = await findRollbackPlan(tx, migration.id, call.params.rollback_hash);
      if (plan === undefined) throw new Refusal('not_found', { because: 'No preview of this migration has this hash.' });
      return previewItems(plan, await readRollbackRows(tx, plan.rollbackNo, after, limit + 1));
    });
    const shown = mayReviewNameMatches(call.caller) ? items : items.map(maskItem);
    return { body: pageOf(shown, limit, (last) => String(last.seq)) };
  });
}

/** A preview as it is answered: its first items, and how to read on. */
export async function previewShown(tx: ReadTx, plan: RollbackPlan, isApprovalNeeded: boolean): Promise<RollbackPreview> {
  const items = previewItems(plan, await readRollbackRows(tx, plan.rollbackNo, 0, SHOWN_ITEMS + 1));
  const page = pageOf(items, SHOWN_ITEMS, (last) => String(last.seq));
  return { rollback_hash: plan.rollbackHash, counts: plan.counts, approval_needed: isApprovalNeeded, ...page };
}
