import { listPlanRows } from '../../shared/contract/admin/plans.ts';
import { listRunItems, type Run } from '../../shared/contract/admin/runs.ts';
import { canonicalJson, type CanonicalValue } from '../../shared/core/canonical-json.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import type { KeyedHash } from '../../shared/core/keyed-hash.ts';
import { redactedText, redactItem } from '../../shared/core/redaction.ts';
import { csvLine } from '../csv/csv-out.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';

const PAGE = '1000';

/** A run's items in the order of their `seq`, page by page. */
export async function* itemsOfRun(environment: Pick<ConnectedEnvironment, 'read'>, runId: string): AsyncGenerator<RunItem> {
  for (let after: string | undefined; ; ) {
    const page = await environment.read(listRunItems, { params: { run_id: runId }, query: { limit: PAGE, ...(after === undefined ? {} : { after }) } });
    yield* page.items;
    if (page.next_cursor === null || page.items.length === 0) return;
    after = page.next_cursor;
  }
}

/** A plan's rows in file order, page by page. Runs that follow no plan, or touch a few rows of one, are told by their items alone. */
export async function* planRowsOfRun(environment: Pick<ConnectedEnvironment, 'read'>, run: Run): AsyncGenerator<PlanRow> {
  if (run.plan_hash === null || (run.kind !== 'execution' && run.kind !== 'dry_run')) return;
  for (let after: string | undefined; ; ) {
    const page = await environment.read(listPlanRows, { params: { id: run.migration, plan_hash: run.plan_hash }, query: { limit: PAGE, ...(after === undefined ? {} : { after }) } });
    yield* page.items;
    if (page.next_cursor === null || page.items.length === 0) return;
    after = page.next_cursor;
  }
}

/** A row of the plan, what became of it, or both. */
export type ReportRow = { readonly planned: PlanRow | undefined; readonly item: RunItem | undefined };

/**
 * Brings plan rows and items together, both as they stream: each item beside its row, rows without an item in their
 * place. Both come in file order; an item that does not is given alone, so none is ever lost.
 */
export async function* joinRows(rows: AsyncIterator<PlanRow, unknown>, items: AsyncIterable<RunItem>): AsyncGenerator<ReportRow> {
  let next = await rows.next();
  for await (const item of items) {
    while (next.done !== true && next.value.row < item.row) {
      yield { planned: next.value, item: undefined };
      next = await rows.next();
    }
    if (next.done !== true && next.value.row === item.row) {
      yield { planned: next.value, item };
      next = await rows.next();
    } else yield { planned: undefined, item };
  }
  while (next.done !== true) {
    yield { planned: next.value, item: undefined };
    next = await rows.next();
  }
}

/** The row without personal data. */
export function redactRow({ planned, item }: ReportRow, keyedHash: KeyedHash): ReportRow {
  return {
    planned: planned === undefined ? undefined : { ...planned, email: redactedText(keyedHash, planned.email), user_id: null, changes: [], precondition: {}, ...(planned.reason === undefined ? {} : { reason: redactedText(keyedHash, planned.reason) }) },
    item: item === undefined ? undefined : redactItem(item, keyedHash),
  };
}

export const resultsHead: string = csvLine(['row', 'email', 'match', 'action', 'outcome', 'seq', 'before', 'after', 'code', 'reason', 'warnings', 'at']);

/** One line of `results.csv`. Rows that this run did not come to have no outcome. */
export function resultsLine({ planned, item }: ReportRow): string {
  const reason = item?.outcome === 'failed' ? item.message : (item?.reason ?? planned?.reason);
  return csvLine([
    item?.row ?? planned?.row,
    item?.email ?? planned?.email,
    planned?.match,
    planned?.action,
    item?.outcome,
    item?.seq,
    factsText(item?.before),
    factsText(item?.after),
    item?.outcome === 'failed' ? item.code : undefined,
    reason,
    planned?.warnings.join(' '),
    item?.at,
  ]);
}

function factsText(facts: Readonly<Record<string, CanonicalValue>> | null | undefined): string | undefined {
  return facts === null || facts === undefined ? undefined : canonicalJson(facts);
}
