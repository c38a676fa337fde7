import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { PlanBook } from '../runs/plan-book.ts';
import type { PlanRows } from '../runs/plan-rows.ts';
import type { PlanViews } from '../runs/plan-views.ts';

type PlanHandlers = Pick<Handlers, Extract<keyof Handlers, `plans.${string}`>>;

/** Dry runs, the plans that come of them, and what is decided about their rows for the next one. */
export function createPlanHandlers(plans: PlanBook, rows: PlanRows, views: PlanViews): PlanHandlers {
  return {
    'plans.dryRun': (input) => plans.dryRun(input),
    'plans.get': ({ migration, plan_hash }) => plans.get(migration, plan_hash),
    'plans.getProgress': async ({ migration, plan_hash }) => {
      await plans.open(migration, plan_hash);
      return rows.progress(plan_hash);
    },
    'plans.listRows': async ({ migration, plan_hash, offset, limit, lane, ...view }) => {
      await plans.open(migration, plan_hash);
      return views.list(plan_hash, view, { offset, limit, lane });
    },
    'plans.listRowNumbers': async ({ migration, plan_hash, offset, limit, ...view }) => {
      await plans.open(migration, plan_hash);
      return { rows: await views.numbers(plan_hash, view, { offset, limit }) };
    },
    'plans.decide': async ({ migration, plan_hash, selection, as }) => {
      await plans.open(migration, plan_hash);
      return views.decide(plan_hash, selection, as);
    },
    'plans.countPending': async ({ migration, plan_hash }) => {
      await plans.open(migration, plan_hash);
      return views.countPending(plan_hash);
    },
  };
}
