import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { getTestRun, rearmTestRun, startTestRun } from '../../shared/contract/admin/test-run.ts';
import { checkAcknowledged } from '../../shared/core/acknowledgement.ts';
import { addOutcomes, hasFailures, noCounts } from '../../shared/core/run-counts.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { checkTestSelection, testRowSupply, type TestRowKind } from '../../shared/core/test-rows.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { rearmTestSet } from '../auth/rearm.ts';
import { deriveValidationKey, issueValidationKeys } from '../auth/validation-keys.ts';
import { advanceRun, moveRun } from '../engine/move-run.ts';
import { findPlan, readPlanKinds, readPlanRows, type StoredPlan } from '../engine/plan-store.ts';
import { insertItems } from '../engine/run-items.ts';
import { activeRun, findRun, insertRun, type StoredRun } from '../engine/run-store.ts';
import { settleRows, type SettledRow } from '../engine/settle.ts';
import { findOpenTestSet, findOpenTestSetAmong, openTestSet, readTestRunStatus } from '../engine/test-sets.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import { Refusal } from '../guards/refusal.ts';
import type { RunnerTx, AdminTx } from '../store/store.ts';
import { asAdmin, asRunner } from '../store/switch-role.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { acknowledge, foldAll, holdMigration, requireApproval, requireBoundCohort, requireSameCredential, rowsNamed } from './gates-before-writing.ts';
import { requireMigration } from './require-migration.ts';

/** What is kept with the Idempotency-Key: whose keys the answer held, never the keys. */
const storedAnswerSchema = z.looseObject({ key_users: z.record(z.string(), z.string()) });

/** `POST .../test-run` and what belongs to it (A14): three rows at most, at once, observed until they are put back. */
export function registerTestRun(routes: RouteRegistrar, { store, policy, secretKey, engine }: AdminRouteDeps): void {
  const keysFor = (runId: string, users: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(users).map(([email, userId]) => [email, deriveValidationKey(secretKey, runId, userId)]));

  routes.write(
    startTestRun,
    async (call) => {
      const migration = requireMigration(call);
      await holdMigration(call.tx, migration.id);
      const plan = await findPlan(call.tx, migration.id, call.body.plan_hash);
      if (plan === undefined) throw new Refusal('plan_not_found');
      await requireBoundCohort(call.tx, migration.id, plan);
      const credentialId = await requireSameCredential(call.tx, plan);
      const { rows, kinds } = await requireSelection(call.tx, plan, foldAll(call.body.emails, 'emails'));
      const acknowledged = new Set(foldAll(call.body.acknowledged ?? [], 'acknowledged'));
      const checked = checkAcknowledged(rows, acknowledged);
      if (!checked.ok) throw new Refusal('acknowledgement_required', { because: checked.detail, rows: rowsNamed(rows, checked.emails) });
      if (policy.approve_before_test_run) await requireApproval(call.tx, plan, policy, call.caller.sub);
      const open = await findOpenTestSet(call.tx, migration.id, plan.cohort);
      if (open !== undefined) throw new Refusal('test_set_open', { runId: open.runId });
      const elsewhere = await findOpenTestSetAmong(call.tx, plan, rows.map(({ row }) => row));
      if (elsewhere !== undefined) throw new Refusal('test_set_open', { because: `A test user of run ${elsewhere.runId}, which is of another cohort, is among these rows.`, runId: elsewhere.runId });
      const active = await activeRun(call.tx, migration.id);
      if (active !== undefined) throw new Refusal('run_in_progress', { runId: active });

      const runId = randomUUID();
      await insertRun(call.tx, {
        id: runId,
        migrationId: migration.id,
        kind: 'test_run',
        state: 'queued',
        planHash: plan.planHash,
        cohort: plan.cohort,
        requestedBy: call.caller.sub,
        rowsTotal: rows.length,
        onlyKeys: rows.map((row) => row.email),
      });
      await acknowledge(call.tx, { runId, planNo: plan.planNo, sub: call.caller.sub }, rows, acknowledged);
      const tx = await asRunner(call.tx, runId);
      const { items, settled } = await runTestRows(tx, runId, plan, rows);
      const users = observedUsers(settled);
      if (Object.keys(users).length > 0) {
        const set = { runId, migrationId: migration.id, cohort: plan.cohort, planHash: plan.planHash, credentialId };
        await openTestSet(tx, set, Object.entries(users).map(([email, userId]) => ({ email, userId, kind: kindOf(kinds, email) })));
        await issueValidationKeys(tx, secretKey, runId, Object.values(users), randomUUID);
      }
      call.afterCommit(() => engine.watch.announce(runId));
      return { runId, body: { run_id: runId, items: [...items], validation_keys: keysFor(runId, users) } };
    },
    {
      replay: {
        toStored: ({ validation_keys: keys, ...rest }) => ({
          ...rest,
          key_users: Object.fromEntries(rest.items.flatMap((item) => (Object.hasOwn(keys, item.email) && item.user_id !== null ? [[item.email, item.user_id]] : []))),
        }),
        fromStored: (stored) => {
          const { key_users: users, ...rest } = storedAnswerSchema.parse(stored);
          const runId = z.string().parse(rest['run_id']);
          return startTestRun.reply.parse({ ...rest, validation_keys: keysFor(runId, users) });
        },
      },
    },
  );

  routes.read(getTestRun, async (call) => ({ body: await store.inReadTx(async (tx) => statusOrRefusal(tx, requireMigration(call).id, call.params.run_id)) }));

  routes.write(rearmTestRun, async (call) => {
    const migration = requireMigration(call);
    const runId = call.params.run_id;
    await statusOrRefusal(call.tx, migration.id, runId);
    await rearmTestSet(await asRunner(call.tx, runId), runId);
    const body = await statusOrRefusal(await asAdmin(call.tx), migration.id, runId);
    return { body, runId };
  });
}

async function statusOrRefusal(tx: Parameters<typeof readTestRunStatus>[0], migrationId: string, runId: string) {
  const status = await readTestRunStatus(tx, migrationId, runId);
  if (status === undefined) throw new Refusal('unknown_test_run');
  return status;
}

async function requireSelection(tx: AdminTx, plan: StoredPlan, emails: readonly string[]): Promise<{ rows: readonly PlanRow[]; kinds: ReadonlyMap<string, TestRowKind> }> {
  const chosen = await readPlanRows(tx, plan.planHash, 0, emails.length, emails);
  const selection = checkTestSelection(emails, chosen, testRowSupply(await readPlanKinds(tx, plan.planHash)));
  if (!selection.ok) throw new Refusal('test_selection', { because: selection.detail, errors: selection.emails.map((email) => ({ path: 'emails', message: `${email} does not fit` })) });
  const rows = selection.rows.map(({ row }) => row).sort((one, other) => one.row - other.row);
  return { rows, kinds: new Map(selection.rows.map(({ row, kind }) => [row.email, kind])) };
}

async function runTestRows(tx: RunnerTx, runId: string, plan: StoredPlan, rows: readonly PlanRow[]): Promise<{ items: readonly RunItem[]; settled: readonly SettledRow[] }> {
  const run = await requireRun(tx, runId);
  await moveRun(tx, run, 'started');
  const settled = await settleRows(tx, { run, plan, rows, newId: randomUUID });
  const items = await insertItems(tx, run, settled);
  const counts = addOutcomes(noCounts, items.map((item) => item.outcome));
  await advanceRun(tx, runId, { cursor: rows.at(-1)?.row ?? 0, nextSeq: items.length + 1, counts });
  await moveRun(tx, await requireRun(tx, runId), hasFailures(counts) ? 'finished_with_failures' : 'finished');
  return { items, settled };
}

async function requireRun(tx: RunnerTx, runId: string): Promise<StoredRun> {
  const run = await findRun(tx, runId);
  if (run === undefined) throw new Error('A run is gone in the transaction that made it.');
  return run;
}

/**
 * Who is observed: whoever the run wrote, and whoever an earlier test run of this plan wrote and who is still so, new
 * profiles too: a test run that failed must not close the way to the next one.
 */
function observedUsers(settled: readonly SettledRow[]): Record<string, string> {
  const users: Record<string, string> = {};
  for (const { row, userId, outcome } of settled) if ((outcome === 'applied' || outcome === 'no_change') && userId !== null) users[row.email] = userId;
  return users;
}

function kindOf(kinds: ReadonlyMap<string, TestRowKind>, email: string): TestRowKind {
  const kind = kinds.get(email);
  if (kind === undefined) throw new Error('A test customer has no kind.');
  return kind;
}
