import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { PlanBook } from '../runs/plan-book.ts';
import type { WindowStore } from '../runs/window-store.ts';

type PlanHandlers = Pick<Handlers, 'plans.dryRun' | 'plans.get' | 'plans.listRows'>;

/** Dry runs and the plans that come of them. */
export function createPlanHandlers(plans: PlanBook, windows: WindowStore): PlanHandlers {
  return {
    'plans.dryRun': (input) => plans.dryRun(input),
    'plans.get': ({ migration, plan_hash }) => plans.get(migration, plan_hash),
    'plans.listRows': async ({ migration, plan_hash, ...query }) => {
      await plans.load(migration, plan_hash);
      return windows.listRows(plan_hash, query);
    },
  };
}
