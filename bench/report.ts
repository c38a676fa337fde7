import { medianOf } from './measure.ts';
import type { BenchTable } from './table.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const RUNS = 5;

/**
 * `report`: export, hash and sign a run, against each item through `JSON.stringify`, SHA-256 and a write. Pages come out of
 * nothing and making them is not timed. Arguments: numbers of rows, each optionally `ROWSxRUNS`.
 */
export function benchReport(args: readonly string[]): BenchTable {
  const sizes = args.length === 0 ? SIZES.map((rows) => [rows, RUNS] as const) : args.map((text) => text.split('x').map(Number)).map(([rows = 1_000, runs = RUNS]) => [rows, runs] as const);
  return {
    name: 'report',
    about: 'report.json, results.csv and all the rest written, hashed and signed; medians; the zip and the PDF are not in it',
    columns: ['rows', 'runs', 'bare s', 'report s', 'x of bare (bar 2.5)', 'rows/s', 'peak MB (bar 300)'],
    rows: sizes.map(([rowCount, runs]) => {
      const bare = medianOf('./report-once.ts', ['bare', String(rowCount)], runs);
      const report = medianOf('./report-once.ts', ['report', String(rowCount)], runs);
      const seconds = ({ milliseconds }: { readonly milliseconds: number }): string => (milliseconds / 1000).toFixed(2);
      return [rowCount.toLocaleString('en'), String(runs), seconds(bare), seconds(report), (report.milliseconds / bare.milliseconds).toFixed(2), Math.round((rowCount / report.milliseconds) * 1000).toLocaleString('en'), report.peakMemoryMb.toFixed(0)];
    }),
  };
}
