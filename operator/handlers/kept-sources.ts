import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { OperatorParts } from '../parts.ts';
import { problemOf } from '../problems.ts';
import { type KeptCheck, lastCheck, recordCheck } from '../runs/journal-records.ts';

type SourceHandlers = Pick<Handlers, Extract<keyof Handlers, `sources.${string}`>>;

/** Rows of each list that are kept with a check that was not planned yet. */
const KEPT_ROWS_MAX = 10_000;

/**
 * Lets a window find its file again after a restart: what a check found is journalled, sealed, and its lists are
 * shown from there when the file is no longer open. A command checks and ends, so it keeps nothing.
 */
export function withKeptSources({ host, journal, sources }: Pick<OperatorParts, 'host' | 'journal' | 'sources'>, open: SourceHandlers): SourceHandlers {
  function orKept<Item>(answer: Promise<{ items: Item[]; total: number }>, sourceId: string, offset: number, limit: number, list: (kept: KeptCheck) => Item[]): Promise<{ items: Item[]; total: number }> {
    return answer.catch((thrown: unknown) => {
      const kept = problemOf(thrown)?.code === 'unknown_source' ? lastCheck(journal, { sourceId })?.check : undefined;
      if (kept === undefined) throw thrown;
      const all = list(kept);
      return { items: all.slice(offset, offset + limit), total: all.length };
    });
  }

  return {
    ...open,
    'sources.check': async (input, caller) => {
      const summary = await open['sources.check'](input, caller);
      if (host !== 'command-line') {
        const source = sources.get(summary.source_id);
        recordCheck(journal, journal.newScope(), { summary, rejected: first(source.rejected()), duplicates: first(source.duplicates()), warnings: first(source.warnings()) });
      }
      return summary;
    },
    'sources.listRejected': (input, caller) => orKept(open['sources.listRejected'](input, caller), input.source_id, input.offset, input.limit, ({ rejected }) => rejected),
    'sources.listDuplicates': (input, caller) => orKept(open['sources.listDuplicates'](input, caller), input.source_id, input.offset, input.limit, ({ duplicates }) => duplicates),
    'sources.listWarnings': (input, caller) => orKept(open['sources.listWarnings'](input, caller), input.source_id, input.offset, input.limit, ({ warnings }) => warnings),
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
