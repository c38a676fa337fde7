import { randomUUID } from 'node:crypto';
import { dryRun, type DryRunBody } from '../../shared/contract/admin/plans.ts';
import type { CohortRecord } from '../../shared/core/cohort.ts';
import { readDecisions, type Decision } from '../../shared/core/decisions.ts';
import { foldEmail } from '../../shared/core/email.ts';
import { cohortOf, findCohort, keepCohort, keysInCohort } from '../engine/cohort-store.ts';
import { makePlan } from '../engine/make-plan.ts';
import { readPlanRows } from '../engine/plan-store.ts';
import { insertRun } from '../engine/run-store.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import { Refusal } from '../guards/refusal.ts';
import type { PlannerTx } from '../store/store.ts';
import { asPlanner } from '../store/switch-role.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { readInlineRecords } from './inline-records.ts';
import { planRowsShown } from './plan-rows-shown.ts';
import { requireMigration } from './require-migration.ts';

/** Rows that the answer itself brings; the rest is listed. */
const ROWS_IN_ANSWER = 1000;

/** `POST /admin/migration/{id}/dry-run` (A5, A22): plans and files, under a role that can write no customer. */
export function registerDryRun(routes: RouteRegistrar, { environment }: AdminRouteDeps): void {
  routes.write(dryRun, async (call) => {
    const migration = requireMigration(call);
    const { body } = call;
    requireFileName(body.source_file);
    const tx = await asPlanner(call.tx);
    const { cohort, recordCount } = await cohortFor(tx, body, { migrationId: migration.id, sub: call.caller.sub });
    const named = [...(body.only ?? []), ...(body.decisions ?? []).map(({ email }) => email)].map(foldedOrAsItIs);
    const emails = await keysInCohort(tx, cohort, [...new Set(named)]);
    const plan = await makePlan(tx, {
      environmentId: environment.id,
      migrationId: migration.id,
      cohort,
      recordCount,
      sourceFile: body.source_file,
      sourceSha256: body.source_sha256,
      only: onlyOf(body.only, emails),
      decisions: decisionsOf(body.decisions ?? [], emails),
    });
    const runId = randomUUID();
    await insertRun(tx, {
      id: runId,
      migrationId: migration.id,
      kind: 'dry_run',
      state: 'completed',
      planHash: plan.planHash,
      cohort,
      requestedBy: call.caller.sub,
      rowsTotal: plan.rowCount,
    });
    const shown = await readPlanRows(tx, plan.planHash, 0, ROWS_IN_ANSWER);
    return {
      runId,
      body: {
        run_id: runId,
        plan_hash: plan.planHash,
        cohort,
        summary: plan.summary,
        rows: planRowsShown(shown, call.caller),
        next_cursor: plan.rowCount > shown.length ? String(shown.at(-1)?.row ?? 0) : null,
      },
    };
  });
}

async function cohortFor(tx: PlannerTx, body: DryRunBody, by: { migrationId: string; sub: string }): Promise<{ cohort: string; recordCount: number }> {
  if ('cohort' in body) {
    const known = await findCohort(tx, body.cohort);
    if (known === undefined) throw new Refusal('unknown_cohort');
    return { cohort: body.cohort, recordCount: known.recordCount };
  }
  const records: readonly CohortRecord[] = readInlineRecords(body.records);
  const cohort = cohortOf(records);
  await keepCohort(tx, { sha256: cohort, recordCount: records.length, records }, by);
  return { cohort, recordCount: records.length };
}

function onlyOf(only: readonly string[] | undefined, emails: ReadonlySet<string>): ReadonlySet<string> | undefined {
  if (only === undefined) return undefined;
  const folded = only.map((text, index) => foldedMember(text, emails, `only.${index}`));
  return new Set(folded);
}

function decisionsOf(decisions: readonly Decision[], emails: ReadonlySet<string>): ReadonlyMap<string, Decision['as']> {
  const folded = decisions.map(({ email, as }) => ({ email: foldedOrAsItIs(email), as }));
  const { byEmail, problems } = readDecisions(folded, (email) => emails.has(email));
  if (problems.length === 0) return byEmail;
  throw new Refusal('invalid_request', {
    errors: problems.map((problem) => ({ path: `decisions.${folded.findIndex(({ email }) => email === problem.email)}.email`, message: problem.message })),
  });
}

function foldedOrAsItIs(text: string): string {
  const folded = foldEmail(text);
  return folded.ok ? folded.email : text;
}

function foldedMember(text: string, emails: ReadonlySet<string>, path: string): string {
  const folded = foldEmail(text);
  if (folded.ok && emails.has(folded.email)) return folded.email;
  throw new Refusal('invalid_request', { errors: [{ path, message: 'is no address of this cohort' }] });
}

/** The name is written to customers and shown to people, so it holds nothing that steers a screen. */
function requireFileName(name: string): void {
  if (/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u.test(name) || name.trim() === '') {
    throw new Refusal('invalid_request', { errors: [{ path: 'source_file', message: 'must be a plain file name' }] });
  }
}
