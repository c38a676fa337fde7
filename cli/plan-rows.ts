import type { OperatorClient } from '../shared/contract/operator/client.ts';
import type { ShownPlanRow } from '../shared/contract/operator/plans.ts';

const PAGE = 1000;

/** All rows of a plan in file order, page by page. */
export async function* eachPlanRow(client: OperatorClient, plan: { readonly migration: string; readonly plan_hash: string }): AsyncGenerator<ShownPlanRow> {
  for (let offset = 0; ; offset += PAGE) {
    const { items, total } = await client.call('plans.listRows', { migration: plan.migration, plan_hash: plan.plan_hash, offset, limit: PAGE, sort: 'row' });
    yield* items;
    if (offset + PAGE >= total) return;
  }
}
