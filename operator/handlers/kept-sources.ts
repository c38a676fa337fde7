import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { OperatorParts } from '../parts.ts';
import { recordCheck } from '../runs/journal-records.ts';

type CheckHandler = Handlers['sources.check'];

/** Rows of each list that are kept with a check that was not planned yet. */
const KEPT_ROWS_MAX = 10_000;

/**
 * Lets a window find its file again after a restart: what a check found is journalled, sealed, and its lists are
 * shown from there when the file is no longer open. A command checks and ends, so it keeps nothing.
 */
export function keepingChecks({ host, journal, sources }: Pick<OperatorParts, 'host' | 'journal' | 'sources'>, check: CheckHandler): CheckHandler {
  return async (input, caller) => {
    const summary = await check(input, caller);
    if (host !== 'command-line') {
      const source = sources.get(summary.source_id);
      recordCheck(journal, journal.newScope(), { summary, rejected: first(source.rejected()), duplicates: first(source.duplicates()), warnings: first(source.warnings()) });
    }
    return summary;
  };
}

function first<Row>(rows: Iterable<Row>): Row[] {
  const kept: Row[] = [];
  for (const row of rows) {
    if (kept.length === KEPT_ROWS_MAX) break;
    kept.push(row);
  }
  return kept;
}
