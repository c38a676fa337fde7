import { mkdtempSync, rmSync, statSync, closeSync, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { medianOf } from './measure.ts';
import type { BenchTable } from './table.ts';

const runs = 5;

/** `check`: a file decoded, parsed, validated, folded, de-duplicated and hashed, against papaparse alone over the same bytes. */
export function benchCheck(rowCount: number): BenchTable {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-'));
  try {
    const file = join(folder, 'cohort.csv');
    writeCohort(file, rowCount);
    const baseline = medianOf('./check-once.ts', ['papaparse', file], runs);
    const check = medianOf('./check-once.ts', ['drydock', file], runs);
    return {
      name: 'check',
      about: `${rowCount.toLocaleString('en')} rows, ${Math.round(statSync(file).size / 1e6)} MB, median of ${runs} runs`,
      columns: ['work', 'seconds', 'ratio', 'peak MB', 'longest block of the main thread, ms'],
      rows: [
        ['papaparse alone', (baseline.milliseconds / 1000).toFixed(2), '1.00', baseline.peakMemoryMb.toFixed(0), ''],
        ['check', (check.milliseconds / 1000).toFixed(2), (check.milliseconds / baseline.milliseconds).toFixed(2), check.peakMemoryMb.toFixed(0), check.longestBlockMs?.toFixed(0) ?? ''],
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeCohort(file: string, rowCount: number): void {
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, 'Customer Name,Customer Email,Stripe_Customer_ID,Signup Date\n');
  for (let from = 1; from <= rowCount; from += 10_000) {
    let block = '';
    for (let number = from; number < Math.min(from + 10_000, rowCount + 1); number += 1) {
      block += `Customer Number ${number},customer.number.${number}@example.com,cus_${number.toString(36).padStart(14, 'A')},2024-0${1 + (number % 9)}-1${number % 10}\n`;
    }
    writeSync(descriptor, block);
  }
  closeSync(descriptor);
}
