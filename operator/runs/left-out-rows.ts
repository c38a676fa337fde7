import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProcedureInput, ProcedureOutput } from '../../shared/contract/operator/dispatch.ts';
import type { LeftOutList } from '../../shared/contract/operator/sources.ts';
import type { OperatorParts } from '../parts.ts';
import { problemOf } from '../problems.ts';
import type { RowKindName } from '../rows/row-kinds.ts';
import type { PagedRow } from '../rows/row-messages.ts';
import { inPages, pageOfView, rowsOfView } from '../rows/row-pages.ts';
import type { RowStore } from '../rows/row-store.ts';
import { type RowView, isUnfiltered } from '../rows/row-view.ts';
import type { CheckedSource, LeftOutRow } from '../sources.ts';
import { lastCheck } from './journal-records.ts';

type LeftOutQuery = Omit<ProcedureInput<'sources.listRejected'>, 'source_id'>;
export type LeftOutView = Omit<LeftOutQuery, 'offset' | 'limit' | 'lane'>;

/** What of a checked file does not go on, and what looks risky, by window: from the file while it is open, else as the journal keeps it. */
export interface LeftOutRows {
  /** @throws OperatorError `unknown_source` */
  list<Row extends LeftOutRow>(sourceId: string, list: LeftOutList, query: LeftOutQuery): Promise<{ items: Row[]; total: number }>;
  each(sourceId: string, list: LeftOutList, view: LeftOutView): AsyncGenerator<readonly LeftOutRow[]>;
  count(sourceId: string, list: LeftOutList): Promise<ProcedureOutput<'sources.countLeftOut'>>;
  /** The name of the file. */
  fileName(sourceId: string): string;
}

type Readable = Pick<CheckedSource, 'summary' | 'rejected' | 'duplicates' | 'warnings' | 'page'>;

const LISTS_HELD = 6;
const CHOICES_MAX = 100;
const kindOf: Readonly<Record<LeftOutList, RowKindName>> = { rejected: 'rejected', duplicates: 'duplicate', warnings: 'warning' };

export function createLeftOutRows({ sources, journal }: Pick<OperatorParts, 'sources' | 'journal'>, store: RowStore): LeftOutRows {
  const loading = new Map<string, Promise<void>>();

  function readable(sourceId: string): { readonly source: Readable; readonly counts: Readonly<Record<LeftOutList, number>> } {
    try {
      const source = sources.get(sourceId);
      const { rejected_count: rejected, duplicate_count: duplicates, warning_count: warnings } = source.summary;
      return { source, counts: { rejected, duplicates, warnings } };
    } catch (thrown) {
      const kept = problemOf(thrown)?.code === 'unknown_source' ? lastCheck(journal, { sourceId })?.check : undefined;
      if (kept === undefined) {
        for (const list of ['rejected', 'duplicates', 'warnings'] as const) void drop(nameOf(sourceId, list));
        throw thrown;
      }
      const source = { summary: kept.summary, rejected: () => kept.rejected, duplicates: () => kept.duplicates, warnings: () => kept.warnings, page: (list: LeftOutList, offset: number, limit: number) => kept[list].slice(offset, offset + limit) };
      return { source, counts: { rejected: kept.rejected.length, duplicates: kept.duplicates.length, warnings: kept.warnings.length } };
    }
  }

  async function drop(name: string): Promise<void> {
    loading.delete(name);
    await store.ask('drop', { list: name });
  }

  /** Brings a list into the row store, once; a page at a time, so that nothing else waits. */
  async function load(sourceId: string, list: LeftOutList, source: Readable): Promise<string> {
    const name = nameOf(sourceId, list);
    if (!store.has(name)) loading.delete(name);
    const work = loading.get(name) ?? bring(name, list, source[list]());
    loading.delete(name);
    loading.set(name, work);
    for (const oldest of loading.keys()) {
      if (loading.size <= LISTS_HELD) break;
      void drop(oldest);
    }
    await work.catch(async (thrown: unknown) => {
      await drop(name);
      throw thrown;
    });
    return name;
  }

  async function bring(name: string, list: LeftOutList, rows: Iterable<LeftOutRow>): Promise<void> {
    for (const page of inPages(rows)) {
      await store.ask('add', { list: name, kind: kindOf[list], rows: page });
      await nextTurn();
    }
  }

  return {
    async list<Row extends LeftOutRow>(sourceId: string, list: LeftOutList, { offset, limit, lane, ...asked }: LeftOutQuery) {
      const { source, counts } = readable(sourceId);
      const view = rowView(list, asked);
      // As the file has them they need not be brought anywhere first.
      if (counts[list] === 0 || (isUnfiltered(view) && view.sort === undefined && view.descending !== true)) return { items: [...source.page(list, offset, limit)] as Row[], total: counts[list] };
      return pageOfView<Row>(store, await load(sourceId, list, source), view, { offset, limit, lane }, parsed);
    },
    async *each(sourceId, list, view) {
      const { source, counts } = readable(sourceId);
      if (counts[list] > 0) yield* rowsOfView<LeftOutRow>(store, await load(sourceId, list, source), rowView(list, view), parsed);
    },
    async count(sourceId, list) {
      const { source, counts } = readable(sourceId);
      if (counts[list] === 0) return { codes: [], fields: [] };
      const name = await load(sourceId, list, source);
      const by = async (path: string) => (await store.ask('count', { list: name, counting: { by: [[path]], limit: CHOICES_MAX } })).flatMap(({ by: [value = ''], count }) => (value === '' ? [] : [{ value, count }]));
      if (list !== 'duplicates') return { codes: await by('code'), fields: await by('field') };
      return { codes: (await by('conflicting')).map(({ value, count }) => ({ value: value === '1' ? 'conflicting' : 'same', count })), fields: [] };
    },
    fileName: (sourceId) => readable(sourceId).source.summary.file,
  };
}

function nameOf(sourceId: string, list: LeftOutList): string {
  return `${list} ${sourceId}`;
}

function parsed<Row>({ json }: PagedRow): Row {
  return JSON.parse(json) as Row;
}

const columnsOf: Readonly<Record<LeftOutList, readonly string[]>> = {
  rejected: ['field', 'value', 'reason', 'remedy', 'code'],
  duplicates: ['kept_line', 'code'],
  warnings: ['field', 'reason', 'remedy', 'code'],
};

/** A column that the list has not leaves it in file order. */
function rowView(list: LeftOutList, { code, field, q, sort, descending }: LeftOutView): RowView {
  return {
    equal: { ...(code === undefined ? {} : { code }), ...(field === undefined || list === 'duplicates' ? {} : { field }) },
    ...(q === undefined ? {} : { q }),
    ...(sort === undefined || !columnsOf[list].includes(sort) ? {} : { sort }),
    ...(descending === undefined ? {} : { descending }),
  };
}
