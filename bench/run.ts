// npm run bench -- NAME [ROWS]: prints a table and writes it to bench/results/NAME.json. Fails no build.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { benchCheck } from './check.ts';
import { type BenchTable, tableText } from './table.ts';

const benches: Readonly<Record<string, (rowCount: number) => BenchTable>> = { check: benchCheck };

const [, , name, rowText] = process.argv;
const bench = name !== undefined && Object.hasOwn(benches, name) ? benches[name] : undefined;
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- NAME [ROWS]; NAME is one of: ${Object.keys(benches).join(', ')}\n`);
  process.exitCode = 64;
} else {
  const table = bench(Number(rowText ?? 1_000_000));
  const results = fileURLToPath(new URL('./results/', import.meta.url));
  mkdirSync(results, { recursive: true });
  writeFileSync(`${results}${table.name}.json`, `${JSON.stringify(table, null, 2)}\n`);
  process.stdout.write(tableText(table));
}
