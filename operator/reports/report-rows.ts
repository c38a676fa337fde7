import { listPlanRows } from '../../shared/contract/admin/plans.ts';
import { listRunItems, type Run } from '../../shared/contract/admin/runs.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import type { FactValue } from '../../shared/core/facts.ts';
import type { KeyedHash } from '../../shared/core/keyed-hash.ts';
import type { FieldChange, PlanRow } from '../../shared/core/plan-row.ts';
import { redactedText, redactItem } from '../../shared/core/redaction.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { csvLine } from '../csv/csv-out.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { ItemText } from './item-text.ts';

const PAGE = '1000';
const PAGE_ROWS = 1000;

/** A run's items in the order of their `seq`, page by page. */
export async function* itemsOfRun(environment: Pick<ConnectedEnvironment, 'read'>, runId: string): AsyncGenerator<readonly RunItem[]> {
  for (let after: string | undefined; ; ) {
    const page = await environment.read(listRunItems, { params: { run_id: runId }, query: { limit: PAGE, ...(after === undefined ? {} : { after }) } });
    yield page.items;
    if (page.next_cursor === null || page.items.length === 0) return;
    after = page.next_cursor;
  }
}

/** A plan's rows in file order, page by page. Runs that follow no plan, or touch a few rows of one, are told by their items alone. */
export async function* planRowsOfRun(environment: Pick<ConnectedEnvironment, 'read'>, run: Run): AsyncGenerator<readonly PlanRow[]> {
  if (run.plan_hash === null || (run.kind !== 'execution' && run.kind !== 'dry_run')) return;
  for (let after: string | undefined; ; ) {
    const page = await environment.read(listPlanRows, { params: { id: run.migration, plan_hash: run.plan_hash }, query: { limit: PAGE, ...(after === undefined ? {} : { after }) } });
    yield page.items;
    if (page.next_cursor === null || page.items.length === 0) return;
    after = page.next_cursor;
  }
}

/** A row of the plan, what became of it, or both. */
export type ReportRow = { readonly planned: PlanRow | undefined; readonly item: RunItem | undefined };

/**
 * Brings plan rows and items together, a page at a time, both as they stream: each item beside its row, rows without an
 * item in their place. Both come in file order; an item that does not is given alone, so none is ever lost.
 */
export async function* joinRows(rowPages: AsyncIterable<readonly PlanRow[]>, itemPages: AsyncIterable<readonly RunItem[]>): AsyncGenerator<readonly ReportRow[]> {
  const pages = rowPages[Symbol.asyncIterator]();
  let rows: readonly PlanRow[] = [];
  let at = 0;
  let isEnd = false;
  async function fill(): Promise<void> {
    while (at >= rows.length && !isEnd) {
      const next = await pages.next();
      isEnd = next.done === true;
      rows = next.done === true ? [] : next.value;
      at = 0;
    }
  }
  let joined: ReportRow[] = [];
  for await (const items of itemPages) {
    for (const item of items) {
      for (;;) {
        if (at >= rows.length && !isEnd) await fill();
        const planned = rows[at];
        if (planned === undefined || planned.row >= item.row) break;
        joined.push({ planned, item: undefined });
        at += 1;
        if (joined.length >= PAGE_ROWS) {
          yield joined;
          joined = [];
        }
      }
      const planned = rows[at];
      const isItsRow = planned?.row === item.row;
      if (isItsRow) at += 1;
      joined.push({ planned: isItsRow ? planned : undefined, item });
    }
    yield joined;
    joined = [];
  }
  for (await fill(); !isEnd; await fill()) {
    yield rows.slice(at).map((planned) => ({ planned, item: undefined }));
    at = rows.length;
  }
}

/** The row without personal data. */
export function redactRow({ planned, item }: ReportRow, keyedHash: KeyedHash): ReportRow {
  return {
    planned: planned === undefined ? undefined : redactPlanRow(planned, keyedHash),
    item: item === undefined ? undefined : redactItem(item, keyedHash),
  };
}

function redactPlanRow(planned: PlanRow, keyedHash: KeyedHash): PlanRow {
  return {
    ...planned,
    email: redactedText(keyedHash, planned.email),
    user_id: planned.user_id === null ? null : redactedText(keyedHash, planned.user_id),
    changes: planned.changes.map((change) => redactChange(change, keyedHash)),
    // What the server compares again is of no use to a reader, and full of what is personal.
    precondition: {},
    ...(planned.reason === undefined ? {} : { reason: redactedText(keyedHash, planned.reason) }),
  };
}

/** As the facts of an item are redacted: names of fields, numbers and truth values stay. */
function redactChange({ field, before, after }: FieldChange, keyedHash: KeyedHash): FieldChange {
  const redact = (value: FactValue): FieldChange['before'] => {
    if (typeof value === 'string') return field === 'migration.cohort' ? value : redactedText(keyedHash, value);
    return typeof value === 'object' && value !== null ? value.map((text) => redactedText(keyedHash, text)) : value;
  };
  return { field, before: redact(before), after: redact(after) };
}

export const resultsHead: string = csvLine(['row', 'email', 'match', 'action', 'outcome', 'seq', 'before', 'after', 'code', 'reason', 'warnings', 'at']);

/** One line of `results.csv`. Rows that this run did not come to have no outcome; those of a dry run say what would change. */
export function resultsLine({ planned, item }: ReportRow, text: Pick<ItemText, 'before' | 'after'>): string {
  const reason = item?.outcome === 'failed' ? item.message : (item?.reason ?? planned?.reason);
  return csvLine([
    item?.row ?? planned?.row,
    item?.email ?? planned?.email,
    planned?.match,
    planned?.action,
    item?.outcome,
    item?.seq,
    text.before,
    text.after,
    item?.outcome === 'failed' ? item.code : undefined,
    reason,
    planned?.warnings.join(' '),
    item?.at,
  ]);
}

/** What a row would change, as `results.csv` of a dry run has it. */
export function plannedText({ changes }: PlanRow): Pick<ItemText, 'before' | 'after'> {
  if (changes.length === 0) return { before: undefined, after: undefined };
  return { before: canonicalJson(Object.fromEntries(changes.map(({ field, before }) => [field, before]))), after: canonicalJson(Object.fromEntries(changes.map(({ field, after }) => [field, after]))) };
}
