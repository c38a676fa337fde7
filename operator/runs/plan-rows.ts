import { setImmediate as nextTurn } from 'node:timers/promises';
import { listPlanRows } from '../../shared/contract/admin/plans.ts';
import type { ProcedureOutput } from '../../shared/contract/operator/dispatch.ts';
import type { CohortRecord } from '../../shared/core/cohort.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { type PlanSummary, summarizeKinds } from '../../shared/core/plan-summary.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import { problem, problemOf } from '../problems.ts';
import type { NamedPlanRow } from '../rows/row-kinds.ts';
import type { RowStore } from '../rows/row-store.ts';

const PAGE = '1000';
/** Plans whose rows are here at a time. One with decisions that wait for the next plan stays. */
const PLANS_HELD = 4;

/** A page of a plan's rows as the server gives it. */
export interface PlanPage {
  readonly rows: readonly PlanRow[];
  readonly next: string | null;
}

/** A plan whose rows are to be brought. */
export interface PlanToBring {
  readonly migration: string;
  readonly planHash: string;
  /** Undefined for a plan that was made elsewhere, until all rows are here. */
  readonly rowsTotal: number | undefined;
  connect(): Promise<ConnectedEnvironment>;
  /** The records of its file, in file order; empty where they are not known here. */
  records(): Iterable<Pick<CohortRecord, 'email' | 'full_name'>>;
}

/**
 * Brings rows of plans from the server into the row store, page by page beside everything else. What was cut off goes on
 * where it was; a plan is never brought twice at a time.
 */
export interface PlanRows {
  /** Takes a plan up, unless it is known; its rows begin to come when they are first asked for. */
  begin(plan: PlanToBring, first?: PlanPage): void;
  isKnown(planHash: string, migration: string): boolean;
  /** Resolves when so many rows are here, or all. @throws OperatorError why they do not come on; the next call goes on */
  until(planHash: string, rows: number): Promise<void>;
  progress(planHash: string): ProcedureOutput<'plans.getProgress'>;
  /** Counted as they came; whole once all are here. */
  summary(planHash: string): PlanSummary;
  notePending(planHash: string, count: number): void;
  forget(planHashes: readonly string[]): Promise<void>;
  /** Lets go of what is being brought. */
  close(): void;
}

interface Bringing {
  readonly plan: PlanToBring;
  readonly kinds: Map<string, { readonly match: PlanRow['match']; readonly action: PlanRow['action']; readonly warnings: readonly string[]; rowCount: number }>;
  names: NameFinder;
  first: PlanPage | undefined;
  cursor: string | undefined;
  rowsHere: number;
  isComplete: boolean;
  isForgotten: boolean;
  pending: number;
  work: Promise<void> | undefined;
  failure: Error | undefined;
  waiting: (() => void)[];
}

/** The name of a plan's rows in the row store. */
export function planList(planHash: string): string {
  return `plan ${planHash}`;
}

export function createPlanRows(store: RowStore): PlanRows {
  const held = new Map<string, Bringing>();

  function find(planHash: string): Bringing {
    const found = held.get(planHash);
    if (found === undefined) throw new RangeError('A plan is asked for before it was begun.');
    held.delete(planHash);
    held.set(planHash, found);
    // The thread of the rows was lost, and all that was in it: begun again.
    if (found.rowsHere > 0 && !store.has(planList(planHash))) Object.assign(found, fresh(found.plan));
    return found;
  }

  function makeRoom(): void {
    for (const [planHash, { work, pending }] of held) {
      if (held.size < PLANS_HELD) return;
      if (work === undefined && pending === 0) void forgetOne(planHash);
    }
  }

  async function forgetOne(planHash: string): Promise<void> {
    const found = held.get(planHash);
    if (found !== undefined) found.isForgotten = true;
    held.delete(planHash);
    await store.ask('drop', { list: planList(planHash) });
  }

  function start(bringing: Bringing): Promise<void> {
    if (bringing.work !== undefined) return bringing.work;
    bringing.failure = undefined;
    const work = bring(bringing)
      .catch((thrown: unknown) => {
        bringing.failure = thrown instanceof Error ? thrown : new Error(String(thrown));
        throw thrown;
      })
      .finally(() => {
        bringing.work = undefined;
        wake(bringing);
      });
    // Those who wait hear of it; where nobody does, the next who asks begins anew.
    work.catch(() => undefined);
    bringing.work = work;
    return work;
  }

  async function bring(bringing: Bringing): Promise<void> {
    const { plan } = bringing;
    if (bringing.isComplete) return;
    const environment = await plan.connect();
    let coming: Promise<PlanPage> | undefined = bringing.first === undefined ? undefined : Promise.resolve(bringing.first);
    bringing.first = undefined;
    for (;;) {
      const page = await (coming ?? rowsAfter(environment, plan, bringing.cursor));
      if (bringing.isForgotten) return;
      const rows = bringing.names(page.rows);
      const adding = store.ask('add', { list: planList(plan.planHash), kind: 'plan_row', rows });
      // The next page is on its way while this one is put in its place.
      coming = page.next === null ? undefined : rowsAfter(environment, plan, page.next);
      coming?.catch(() => undefined);
      await adding;
      countKinds(bringing, rows);
      bringing.rowsHere += rows.length;
      bringing.cursor = page.next ?? undefined;
      bringing.isComplete = page.next === null;
      wake(bringing);
      if (bringing.isComplete) return;
      await nextTurn();
    }
  }

  return {
    begin(plan, first) {
      // A hash is of one migration: where it was looked for in another one, nothing of it came.
      const known = held.get(plan.planHash);
      if (known !== undefined && (known.plan.migration === plan.migration || known.rowsHere > 0)) return;
      makeRoom();
      const begun = { plan, ...fresh(plan), kinds: new Map(), first, isForgotten: false, pending: 0, work: undefined, failure: undefined, waiting: [] };
      held.set(plan.planHash, begun);
    },
    isKnown: (planHash, migration) => held.get(planHash)?.plan.migration === migration,
    async until(planHash, rows) {
      const bringing = find(planHash);
      while (!bringing.isComplete && bringing.rowsHere < rows) {
        const changed = new Promise<void>((resolve) => bringing.waiting.push(resolve));
        await Promise.race([changed, start(bringing)]);
        // Whoever waited hears that it failed; to begin again at once would ask a server without end that is away.
        if (bringing.work === undefined && bringing.failure !== undefined) throw bringing.failure;
        if (bringing.isForgotten) throw problem('rows_lost', 'The rows of this plan are not here any more', 'Look at the plan again: what may still be shown of it is brought once more.');
      }
    },
    progress(planHash) {
      const bringing = find(planHash);
      const { rowsHere, plan, isComplete, failure } = bringing;
      if (!isComplete) void start(bringing);
      const state = isComplete ? 'complete' : failure === undefined ? 'coming' : 'interrupted';
      return { rows_here: rowsHere, rows_total: isComplete ? rowsHere : (plan.rowsTotal ?? null), state, problem: state === 'interrupted' ? (problemOf(failure) ?? null) : null };
    },
    summary: (planHash) => summarizeKinds(find(planHash).kinds.values()),
    notePending(planHash, count) {
      find(planHash).pending = count;
    },
    async forget(planHashes) {
      for (const planHash of planHashes) await forgetOne(planHash);
    },
    close() {
      for (const bringing of held.values()) bringing.isForgotten = true;
      held.clear();
    },
  };
}

function fresh(plan: PlanToBring): Pick<Bringing, 'names' | 'cursor' | 'rowsHere' | 'isComplete' | 'kinds' | 'pending'> {
  return { names: nameFinder(plan), cursor: undefined, rowsHere: 0, isComplete: false, kinds: new Map(), pending: 0 };
}

function wake(bringing: Bringing): void {
  for (const resolve of bringing.waiting.splice(0)) resolve();
}

function countKinds({ kinds }: Bringing, rows: readonly PlanRow[]): void {
  for (const { match, action, warnings } of rows) {
    const key = `${match} ${action} ${warnings.join(' ')}`;
    const kind = kinds.get(key) ?? { match, action, warnings, rowCount: 0 };
    kind.rowCount += 1;
    kinds.set(key, kind);
  }
}

type NameFinder = (rows: readonly PlanRow[]) => readonly NamedPlanRow[];

/** Rows come in file order, and so do the records: both are read side by side, and no name is held longer than its page. */
function nameFinder(plan: PlanToBring): NameFinder {
  let records: Iterator<Pick<CohortRecord, 'email' | 'full_name'>> | undefined;
  let place = 0;
  let last: Pick<CohortRecord, 'email' | 'full_name'> | undefined;
  return (rows) => {
    records ??= plan.records()[Symbol.iterator]();
    return rows.map((row) => {
      while (place < row.row) {
        const next = records?.next();
        last = next === undefined || next.done === true ? undefined : next.value;
        place += 1;
        if (last === undefined) break;
      }
      return { ...row, full_name: last?.email === row.email ? last.full_name : null };
    });
  };
}

async function rowsAfter(environment: ConnectedEnvironment, { migration, planHash }: PlanToBring, after: string | undefined): Promise<PlanPage> {
  const { items, next_cursor: next } = await environment.read(listPlanRows, { params: { id: migration, plan_hash: planHash }, query: { limit: PAGE, ...(after === undefined ? {} : { after }) } });
  return { rows: items, next };
}
