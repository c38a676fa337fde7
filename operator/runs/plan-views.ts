import type { ProcedureInput } from '../../shared/contract/operator/dispatch.ts';
import type { RowSelection, ShownPlanRow } from '../../shared/contract/operator/plans.ts';
import type { NamedPlanRow } from '../rows/row-kinds.ts';
import type { DecidedRows, DecisionAsked, PendingCounts, PendingDecision } from '../rows/row-choices.ts';
import type { PagedRow } from '../rows/row-messages.ts';
import { rowsOfView } from '../rows/row-pages.ts';
import type { RowStore } from '../rows/row-store.ts';
import { type RowChoice, type RowView, isUnfiltered } from '../rows/row-view.ts';
import { type PlanRows, planList } from './plan-rows.ts';

const PENDING_AT_ONCE = 5_000;
const ALL_ROWS = Number.MAX_SAFE_INTEGER;

/** Which rows of a plan, and in which order, as the contract says it. */
export type PlanView = Pick<ProcedureInput<'plans.listRowNumbers'>, 'match' | 'action' | 'warning' | 'pending' | 'q' | 'sort' | 'descending'>;

/** Rows of plans by window. Each answers once the rows that it needs have come; file order needs no more than those up to its page. */
export interface PlanViews {
  list(planHash: string, view: PlanView, page: { readonly offset: number; readonly limit: number; readonly lane?: string | undefined }): Promise<{ items: ShownPlanRow[]; total: number }>;
  numbers(planHash: string, view: PlanView, page: { readonly offset: number; readonly limit: number }): Promise<number[]>;
  /** Every row of a view in its order, a page at a time. */
  each(planHash: string, view: PlanView): AsyncGenerator<readonly ShownPlanRow[]>;
  byEmail(planHash: string, emails: readonly string[]): Promise<readonly NamedPlanRow[]>;
  decide(planHash: string, selection: RowSelection, asked: DecisionAsked): Promise<DecidedRows & { readonly pending: PendingCounts }>;
  countPending(planHash: string): Promise<PendingCounts>;
  /** Every decision that waits for the next plan, some at a time. */
  eachPending(planHash: string): AsyncGenerator<readonly PendingDecision[]>;
}

export function createPlanViews(store: RowStore, plans: Pick<PlanRows, 'progress' | 'until' | 'notePending'>): PlanViews {
  async function all(planHash: string): Promise<string> {
    await plans.until(planHash, ALL_ROWS);
    return planList(planHash);
  }

  return {
    async list(planHash, asked, { offset, limit, lane }) {
      const view = rowView(asked);
      // Taken now: while the rows come, a later question overtakes this one all the same.
      const turn = store.turnOf(lane, planList(planHash), view);
      const { rows_total: total } = plans.progress(planHash);
      const isInFileOrder = isUnfiltered(view) && (view.sort ?? 'row') === 'row' && view.descending !== true;
      await plans.until(planHash, isInFileOrder && total !== null ? offset + limit : ALL_ROWS);
      if (total === 0) return { items: [], total: 0 };
      const { rows, total: found } = await store.ask('page', { list: planList(planHash), view, offset, limit, turn });
      return { items: rows.map(shownRow), total: isInFileOrder && total !== null ? total : found };
    },
    async numbers(planHash, view, { offset, limit }) {
      return [...(await store.ask('numbers', { list: await all(planHash), view: rowView(view), offset, limit, column: 'row' }))];
    },
    async *each(planHash, view) {
      yield* rowsOfView(store, await all(planHash), rowView(view), shownRow);
    },
    async byEmail(planHash, emails) {
      return (await store.ask('having', { list: await all(planHash), column: 'email', values: emails })).map((json) => JSON.parse(json) as NamedPlanRow);
    },
    async decide(planHash, selection, asked) {
      const decided = await store.ask('decide', { list: await all(planHash), choice: choiceOf(selection), asked });
      plans.notePending(planHash, decided.pending.skip + decided.pending.create + decided.pending.undecided);
      return decided;
    },
    // Nothing can have been decided before the rows were there.
    countPending: async (planHash) => (plans.progress(planHash).state === 'complete' ? store.ask('pendingCounts', { list: planList(planHash) }) : { skip: 0, create: 0, undecided: 0 }),
    async *eachPending(planHash) {
      const list = await all(planHash);
      for (let after = 0; ; ) {
        const found = await store.ask('pending', { list, after, limit: PENDING_AT_ONCE });
        yield found;
        if (found.length < PENDING_AT_ONCE) return;
        after = found.at(-1)?.id ?? after;
      }
    },
  };
}

function rowView({ match, action, warning, pending, q, sort, descending }: PlanView): RowView {
  return {
    equal: { ...(match === undefined ? {} : { match }), ...(action === undefined ? {} : { action }) },
    ...(warning === undefined ? {} : { tag: warning }),
    ...(pending === true ? { isPending: true } : {}),
    ...(q === undefined ? {} : { q }),
    ...(sort === undefined ? {} : { sort }),
    ...(descending === undefined ? {} : { descending }),
  };
}

function choiceOf(selection: RowSelection): RowChoice {
  return 'rows' in selection ? { rows: selection.rows } : { view: rowView(selection.filter), except: selection.except };
}

function shownRow({ json, next }: PagedRow): ShownPlanRow {
  const row = JSON.parse(json) as NamedPlanRow;
  return next === null ? row : { ...row, next };
}

