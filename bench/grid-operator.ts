// An operator with a plan of as many rows as asked, in the store that the app keeps them in, behind the browser host:
// what stands around the grid is made up. Arguments: rows, folder of pages. Prints its address when the rows are in.
import { randomBytes } from 'node:crypto';
import { createOpenFiles } from '../operator/files.ts';
import { startBrowserHost } from '../operator/hosts/browser-host.ts';
import { openRowStore } from '../operator/rows/row-store.ts';
import { type PlanRows, planList } from '../operator/runs/plan-rows.ts';
import { createPlanViews } from '../operator/runs/plan-views.ts';
import { fakePlanRow } from '../renderer/testing/fake-cohort.ts';
import { fakeHandlers } from '../renderer/testing/fake-operator.ts';
import { fakeWorld } from '../renderer/testing/fake-world.ts';
import { dispatch } from '../shared/contract/operator/dispatch.ts';
import { summarizePlan } from '../shared/core/plan-summary.ts';

const CHUNK_ROWS = 1_000;
const count = Number(process.argv[2] ?? 60);
const pageFolder = process.argv[3] ?? '.';

function* rows(from = 1, to = count) {
  for (let row = from; row <= to; row += 1) yield fakePlanRow(row);
}

const world = fakeWorld('planned');
if (world.plan === null) throw new Error('the made-up world has no plan');
world.plan = { ...world.plan, summary: summarizePlan(rows()) };
const { plan_hash: planHash } = world.plan;

const store = openRowStore();
for (let from = 1; from <= count; from += CHUNK_ROWS) await store.ask('add', { list: planList(planHash), kind: 'plan_row', rows: [...rows(from, Math.min(count, from + CHUNK_ROWS - 1))] });
const allHere: Pick<PlanRows, 'progress' | 'until' | 'notePending'> = {
  progress: () => ({ rows_here: count, rows_total: count, state: 'complete', problem: null }),
  until: () => Promise.resolve(),
  notePending: () => undefined,
};
const views = createPlanViews(store, allHere);

const made = fakeHandlers(world);
const handlers: typeof made = { ...made, 'plans.listRows': ({ offset, limit, lane, plan_hash, ...view }) => views.list(plan_hash, view, { offset, limit, lane }) };
const { handles, downloads } = createOpenFiles(pageFolder, randomBytes, process.pid, () => true);
const host = await startBrowserHost({
  operator: { call: (name, input, caller) => dispatch(handlers, name, input, caller, (faulty, fault) => process.stderr.write(`${faulty}: ${String(fault)}\n`)), files: handles, downloads },
  pageFolder,
  randomBytes,
});
process.stdout.write(`${JSON.stringify({ address: host.address, planHash, migration: world.plan.migration })}\n`);
