// npm run bench -- NAME [ARGUMENT ...]: prints a table and writes it to bench/results/NAME.json. Fails no build.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { benchApi } from './api.ts';
import { benchCheck } from './check.ts';
import { benchEvents } from './events.ts';
import { benchExecute } from './execute.ts';
import { benchGrid } from './grid.ts';
import { benchJournal } from './journal.ts';
import { benchPlan } from './plan.ts';
import { benchPlanSmall } from './plan-small.ts';
import { benchLogin } from './login.ts';
import { benchReport } from './report.ts';
import { benchStart } from './start.ts';
import { type BenchTable, tableText } from './table.ts';

/** A benchmark takes what follows its name on the command line; each says what its arguments mean. */
const benches: Readonly<Record<string, (args: readonly string[]) => BenchTable | Promise<BenchTable>>> = {
  api: benchApi,
  plan: benchPlan,
  'plan-small': benchPlanSmall,
  check: ([rows]) => benchCheck(Number(rows ?? 1_000_000)),
  events: benchEvents,
  execute: benchExecute,
  grid: benchGrid,
  journal: benchJournal,
  report: benchReport,
  start: benchStart,
  login: async ([attempts]) => benchLogin(Number(attempts ?? 400)),
};

const [, , name, ...args] = process.argv;
const bench = name !== undefined && Object.hasOwn(benches, name) ? benches[name] : undefined;
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- NAME [ARGUMENT ...]; NAME is one of: ${Object.keys(benches).join(', ')}\n`);
  process.exitCode = 64;
} else {
  const table = await bench(args);
  const results = fileURLToPath(new URL('./results/', import.meta.url));
  mkdirSync(results, { recursive: true });
  writeFileSync(`${results}${table.name}.json`, `${JSON.stringify(table, null, 2)}\n`);
  process.stdout.write(tableText(table));
}
