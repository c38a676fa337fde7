import { sql } from 'kysely';
import { listPlanRows } from '../../shared/contract/admin/plans.ts';
import { planRowSchema, type PlanRow } from '../../shared/core/plan-row.ts';
import { findPlan } from '../engine/plan-store.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import { Refusal } from '../guards/refusal.ts';
import type { ReadTx } from '../store/store.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { pageOf, readCursor } from './page.ts';
import { planRowsShown } from './plan-rows-shown.ts';
import { requireMigration } from './require-migration.ts';

type Filter = { readonly match: string | undefined; readonly action: string | undefined; readonly warning: string | undefined; readonly q: string | undefined };

/** `.../plans/{plan_hash}/rows`: rows of a plan by place in the file, filtered where they lie. */
export function registerPlanRows(routes: RouteRegistrar, { store }: AdminRouteDeps): void {
  routes.read(listPlanRows, async (call) => {
    const migration = requireMigration(call);
    const { after, limit } = readCursor(call.query);
    const { match, action, warning, q } = call.query;
    const rows = await store.inReadTx(async (tx) => {
      const plan = await findPlan(tx, migration.id, call.params.plan_hash);
      if (plan === undefined) throw new Refusal('plan_not_found');
      return findRows(tx, plan.planHash, { match, action, warning, q }, after, limit + 1);
    });
    return { body: pageOf(planRowsShown(rows, call.caller), limit, (last) => String(last.row)) };
  });
}

/** `q` is found in address, name and Stripe id of the cohort's own record, as plain text, whatever its case. */
async function findRows(tx: ReadTx, planHash: string, { match, action, warning, q }: Filter, after: number, limit: number): Promise<PlanRow[]> {
  const text = q === undefined ? null : `%${q.trim().toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  const { rows } = await sql<{ row: unknown }>`
    select p.row from plan_rows p
    where p.plan_hash = ${planHash} and p.row_no > ${after}
      and (${match ?? null}::text is null or p.match = ${match ?? null}::text)
      and (${action ?? null}::text is null or p.action = ${action ?? null}::text)
      and (${warning ?? null}::text is null or p.warnings @> array[${warning ?? null}::text])
      and (${text}::text is null or exists (
        select from cohort_members c where c.cohort = p.cohort and c.key = p.key
          and (c.key like ${text}::text or c.name_key like ${text}::text or lower(c.record ->> 'stripe_customer_id') like ${text}::text)))
    order by p.row_no limit ${limit}`.execute(tx);
  return rows.map(({ row }) => planRowSchema.parse(row));
}
