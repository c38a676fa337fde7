// An operator with a plan of as many rows as asked, in the store that the app keeps them in, behind the browser host:
// what stands around the grid is made up. Arguments: rows, folder of pages. Prints its address when the rows are in.
import { randomBytes } from 'node:crypto';
import { createOpenFiles } from '../operator/files.ts';
import { startBrowserHost } from '../operator/hosts/browser-host.ts';
import { openWindowStore } from '../operator/runs/window-store.ts';
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

const store = openWindowStore();
for (let from = 1; from <= count; from += CHUNK_ROWS) store.addRows(planHash, [...rows(from, Math.min(count, from + CHUNK_ROWS - 1))]);
store.completePlan(planHash);

const handlers = { ...fakeHandlers(world), 'plans.listRows': ({ offset, limit, sort, descending, q, match, action, warning }: Parameters<ReturnType<typeof fakeHandlers>['plans.listRows']>[0]) => Promise.resolve(store.listRows(planHash, { offset, limit, sort, descending, q, match, action, warning })) };
const { handles, downloads } = createOpenFiles(pageFolder, randomBytes, process.pid, () => true);
const host = await startBrowserHost({
  operator: { call: (name, input, caller) => dispatch(handlers, name, input, caller, (faulty, fault) => process.stderr.write(`${faulty}: ${String(fault)}\n`)), files: handles, downloads },
  pageFolder,
  randomBytes,
});
process.stdout.write(`${JSON.stringify({ address: host.address, planHash, migration: world.plan.migration })}\n`);
