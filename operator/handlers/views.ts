import { basename, extname } from 'node:path';
import { listMembers } from '../../shared/contract/admin/members.ts';
import type { Run } from '../../shared/contract/admin/runs.ts';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { ExportedView } from '../../shared/contract/operator/views.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import type { Member } from '../../shared/core/member.ts';
import { csvLine } from '../csv/csv-out.ts';
import { writeCsv } from '../csv/write-csv.ts';
import type { OperatorParts } from '../parts.ts';
import { bringItems } from '../runs/bring-items.ts';
import type { LeftOutRows } from '../runs/left-out-rows.ts';
import type { PlanBook } from '../runs/plan-book.ts';
import type { PlanViews } from '../runs/plan-views.ts';
import { type Mask, type ViewColumn, itemColumns, leftOutColumns, masked, memberColumns, planRowColumns, runColumns, snapshotColumns, unmasked } from './view-columns.ts';

type ViewHandlers = Pick<Handlers, 'views.export'>;

const PAGE = '1000';

interface Sources {
  readonly plans: PlanBook;
  readonly planViews: PlanViews;
  readonly leftOut: LeftOutRows;
  /** The runs that a list shows. */
  listRuns: Handlers['runs.list'];
}

/** What a view is as a file. */
interface ViewFile {
  readonly name: string;
  lines(mask: Mask): AsyncIterable<readonly string[]>;
}

/** Any view that is on screen as a CSV file: filtered and ordered as it is there, all of its rows. */
export function createViewHandlers(parts: Pick<OperatorParts, 'environments' | 'mirror' | 'downloads' | 'newDownloadPath'>, sources: Sources): ViewHandlers {
  async function fileOf(view: ExportedView, caller: Parameters<Handlers['runs.list']>[1]): Promise<ViewFile> {
    switch (view.of) {
      case 'plan_rows': {
        const { of: _of, migration, plan_hash: planHash, ...asked } = view;
        await sources.plans.open(migration, planHash);
        return file(`plan-${migration}-${planHash.slice(0, 12)}-rows`, planRowColumns, sources.planViews.each(planHash, asked));
      }
      case 'left_out': {
        const { of: _of, source_id: sourceId, list, ...asked } = view;
        const name = sources.leftOut.fileName(sourceId);
        return file(`${basename(name, extname(name))}-${list}`, leftOutColumns[list], sources.leftOut.each(sourceId, list, asked));
      }
      case 'items': {
        const { of: _of, run_id: runId, ...asked } = view;
        await bringItems(parts, runId);
        return file(`run-${runId}-rows`, itemColumns, parts.mirror.eachItem(runId, asked));
      }
      case 'snapshots': {
        const { of: _of, run_id: runId, ...asked } = view;
        await bringItems(parts, runId);
        return file(`run-${runId}-customers-before`, snapshotColumns, parts.mirror.eachSnapshot(runId, asked));
      }
      case 'members':
        return file(`members-${view.migration}${view.state === undefined ? '' : `-${view.state}`}`, memberColumns, eachMember(view));
      case 'runs': {
        const { items } = await sources.listRuns({ ...view.selection, offset: 0 }, caller);
        return file('runs', runColumns, once(items.map(({ run }): Run => run)));
      }
      default:
        return assertNever(view);
    }
  }

  async function* eachMember({ migration, state, email }: Extract<ExportedView, { readonly of: 'members' }>): AsyncGenerator<readonly Member[]> {
    const environment = await parts.environments.connect();
    let after: string | undefined;
    do {
      const page = await environment.read(listMembers, { params: { id: migration }, query: { limit: PAGE, ...(state === undefined ? {} : { state }), ...(email === undefined ? {} : { email }), ...(after === undefined ? {} : { after }) } });
      yield page.items;
      after = page.next_cursor ?? undefined;
    } while (after !== undefined);
  }

  return {
    'views.export': async ({ view, masked: isMasked }, caller) => {
      const { name, lines } = await fileOf(view, caller);
      const path = parts.newDownloadPath();
      let rows = -1;
      async function* text(): AsyncGenerator<string> {
        for await (const page of lines(isMasked ? masked : unmasked)) {
          rows += page.length;
          yield page.join('');
        }
      }
      await writeCsv(path, text());
      const fileName = `${safeName(name)}${isMasked ? '-masked' : ''}.csv`;
      return { download_id: parts.downloads.add({ path, fileName, mediaType: 'text/csv' }), file_name: fileName, rows };
    },
  };
}

function file<Row>(name: string, columns: readonly ViewColumn<Row>[], pages: AsyncIterable<readonly Row[]>): ViewFile {
  return {
    name,
    async *lines(mask) {
      yield [csvLine(columns.map(({ title }) => title))];
      for await (const page of pages) yield page.map((row) => csvLine(columns.map(({ cell }) => cell(row, mask))));
    },
  };
}

async function* once<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}

/** A name for a file on any system. */
function safeName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 120);
}
