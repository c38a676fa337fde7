import { getRun, listRunItems, listRuns, pauseRun, resumeRun, stopRun } from '../../shared/contract/admin/runs.ts';
import type { ApprovalPolicy } from '../../shared/contract/admin/session.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { isEnded, nextRunState, type RunEvent, type RunState } from '../../shared/core/run-state.ts';
import { maskItem } from '../../shared/playbooks/account-prep/mask-row.ts';
import { databaseNow } from '../engine/approval-store.ts';
import { requireRollbackApproval } from '../engine/begin-rollback.ts';
import { moveRun } from '../engine/move-run.ts';
import { findPlan } from '../engine/plan-store.ts';
import { findRollbackPlan } from '../engine/rollback-store.ts';
import { readItems } from '../engine/run-items.ts';
import { findRun, listStoredRuns, lockRun, viewRun, type StoredRun } from '../engine/run-store.ts';
import type { Answer, WriteCall } from '../guards/call.ts';
import { isId } from '../guards/lookup.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import { Refusal } from '../guards/refusal.ts';
import type { Caller } from '../guards/token.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { holdMigration, requireApproval, requireBoundCohort, requireSameCredential } from './gates-before-writing.ts';
import { badCursor, limitOf, pageOf, readCursor } from './page.ts';
import { mayReviewNameMatches } from './plan-rows-shown.ts';

/** `/admin/runs`: what ran and runs, and the three things a person can ask of a run. */
export function registerRuns(routes: RouteRegistrar, deps: AdminRouteDeps): void {
  const { store, engine } = deps;

  routes.read(listRuns, async (call) => {
    const { migration, after } = call.query;
    if (after !== undefined && !isId(after)) throw badCursor();
    const limit = limitOf(call.query);
    const runs = await store.inReadTx(async (tx) => {
      const now = await databaseNow(tx);
      return (await listStoredRuns(tx, { migrationId: migration, afterId: after, limit: limit + 1 })).map((run) => viewRun(run, now));
    });
    return { body: pageOf(runs, limit, (last) => last.run_id) };
  });

  routes.read(getRun, async (call) => ({
    body: await store.inReadTx(async (tx) => {
      const run = await findRun(tx, call.params.run_id);
      if (run === undefined) throw new Refusal('unknown_run');
      return viewRun(run, await databaseNow(tx));
    }),
  }));

  routes.read(listRunItems, async (call) => {
    const { after } = readCursor(call.query);
    const limit = limitOf(call.query);
    const endsAt = performance.now() + Number(call.query.wait ?? '0') * 1000;
    const atFirst = call.run?.state;
    for (;;) {
      const { items, state, nextSeq } = await readPage(deps, call.params.run_id, { after, limit, caller: call.caller });
      const leftMs = endsAt - performance.now();
      const hasNews = items.length > 0 || isEnded(state) || state !== atFirst;
      if (hasNews || leftMs <= 0 || call.signal.aborted) {
        const shown = items.slice(0, limit);
        const isAll = isEnded(state) && items.length <= limit;
        return { body: { items: shown, next_cursor: isAll ? null : String(shown.at(-1)?.seq ?? after), state } };
      }
      await engine.watch.next(call.params.run_id, { nextSeq, state }, leftMs, call.signal);
    }
  });

  routes.write(pauseRun, async (call) => ask(deps, call, 'pause_asked'));
  routes.write(stopRun, async (call) => ask(deps, call, 'stop_asked'));
  routes.write(resumeRun, async (call) => {
    const run = await lockRun(call.tx, call.params.run_id);
    if (run !== undefined && nextRunState(run.state, 'resume_asked').kind === 'moved') await requireStillAllowed(deps, call, run);
    return ask(deps, call, 'resume_asked');
  });
}

/** What may have changed while a run stood still is judged as at its start: its approval, its cohort, its password. */
async function requireStillAllowed({ policy }: AdminRouteDeps, call: RunCall, run: StoredRun): Promise<void> {
  if (run.kind === 'rollback') return requireRollbackStillApproved(policy, call, run);
  if (run.kind !== 'execution' || run.planHash === null) return;
  await holdMigration(call.tx, run.migrationId);
  const plan = await findPlan(call.tx, run.migrationId, run.planHash);
  if (plan === undefined) throw new Error('A run has no plan.');
  await requireBoundCohort(call.tx, run.migrationId, plan);
  await requireApproval(call.tx, plan, policy, call.caller.sub);
  await requireSameCredential(call.tx, plan);
}

async function requireRollbackStillApproved(policy: ApprovalPolicy, call: RunCall, run: StoredRun): Promise<void> {
  const plan = run.rollbackHash === null ? undefined : await findRollbackPlan(call.tx, run.migrationId, run.rollbackHash);
  if (plan === undefined) throw new Error('A rollback has no plan.');
  await requireRollbackApproval(call.tx, plan, policy, call.caller.sub);
}

async function readPage(
  { store }: AdminRouteDeps,
  runId: string,
  order: { readonly after: number; readonly limit: number; readonly caller: Caller },
): Promise<{ readonly items: readonly RunItem[]; readonly state: RunState; readonly nextSeq: number }> {
  return store.inReadTx(async (tx) => {
    const run = await findRun(tx, runId);
    if (run === undefined) throw new Refusal('unknown_run');
    const items = await readItems(tx, runId, order.after, order.limit + 1);
    return { items: mayReviewNameMatches(order.caller) ? items : items.map(maskItem), state: run.state, nextSeq: run.nextSeq };
  });
}

type RunCall = WriteCall<typeof pauseRun>;

/**
 * Asks something of a run. Asking for what is so already is no mistake; what cannot be is 409 `run_state_conflict`. The answer
 * belongs to the run: its key is kept as long as that is, or a resume that is sent again in a year would resume what was paused since.
 */
async function ask({ engine }: AdminRouteDeps, call: RunCall, event: RunEvent): Promise<Answer<typeof pauseRun>> {
  const { run_id: runId } = call.params;
  const run = await lockRun(call.tx, runId);
  if (run === undefined) throw new Refusal('unknown_run');
  const step = await moveRun(call.tx, run, event);
  if (step.kind === 'refused') throw new Refusal('run_state_conflict', { because: step.why });
  const after = await findRun(call.tx, runId);
  if (after === undefined) throw new Error('A run is gone under lock.');
  call.afterCommit(() => engine.attend(runId));
  return { runId, body: viewRun(after, await databaseNow(call.tx)) };
}
