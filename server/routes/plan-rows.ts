import { sql } from 'kysely';
import { listPlanRows } from '../../shared/contract/admin/plans.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { findPlan, planRowOf, type StoredPlan } from '../engine/plan-store.ts';
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
      return findRows(tx, plan, { match, action, warning, q }, after, limit + 1);
    });
    return { body: pageOf(planRowsShown(rows, call.caller), limit, (last) => String(last.row)) };
  });
}

/** `q` is found in address, name and Stripe id of the cohort's own record, as plain text, whatever its case. */
async function findRows(tx: ReadTx, plan: StoredPlan, { match, action, warning, q }: Filter, after: number, limit: number): Promise<PlanRow[]> {
  const text = q === undefined ? null : `%${q.trim().toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  const { rows } = await sql<{ row: string }>`
    select r.row from plan_kinds k
    cross join lateral (
      select p.row_no, p.row from plan_rows p
      where p.plan_no = k.plan_no and p.kind_no = k.kind_no and p.row_no > ${after}
        and (${text}::text is null or exists (
          select from cohort_members c where c.cohort = ${plan.cohort} and c.row_no = p.row_no
            and (c.key like ${text}::text or c.name_key like ${text}::text or lower(c.record ->> 'stripe_customer_id') like ${text}::text)))
      order by p.row_no limit ${limit}
    ) r
    where k.plan_no = ${plan.planNo}
      and (${match ?? null}::text is null or k.match = ${match ?? null}::text)
      and (${action ?? null}::text is null or k.action = ${action ?? null}::text)
      and (${warning ?? null}::text is null or k.warnings @> array[${warning ?? null}::text])
    order by r.row_no limit ${limit}`.execute(tx);
  return rows.map(planRowOf);
}
