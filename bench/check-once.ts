// One run of the `check` benchmark, in a process of its own: `check-once.ts papaparse|drydock FILE`.
import { openSync, mkdtempSync, readSync, closeSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import Papa from 'papaparse';
import { checkCsv } from '../operator/csv/check-csv.ts';
import { accountPrepColumns } from '../shared/playbooks/account-prep/columns.ts';

const [, , work, file] = process.argv;
if (file === undefined || (work !== 'papaparse' && work !== 'drydock')) throw new Error('usage: check-once.ts papaparse|drydock FILE');

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const startedMs = performance.now();
const rows = work === 'papaparse' ? parseAlone(file) : await checkWhole(file);
const milliseconds = performance.now() - startedMs;
delay.disable();
if (rows === 0) throw new Error('nothing was read');
const longestBlockMs = work === 'drydock' ? delay.max / 1e6 : null;
process.stdout.write(JSON.stringify({ milliseconds, peakMemoryMb: process.resourceUsage().maxRSS / 1024, longestBlockMs }));

/** The baseline: papaparse over the same bytes in string chunks, rows counted and dropped. */
function parseAlone(path: string): number {
  let count = 0;
  let rest = '';
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(1 << 20);
  const descriptor = openSync(path, 'r');
  for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer)) {
    const text = rest + decoder.decode(buffer.subarray(0, read), { stream: true });
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    count += Papa.parse(text.slice(0, end), { delimiter: ',', newline: '\n' }).data.length;
  }
  closeSync(descriptor);
  return count;
}

async function checkWhole(path: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-check-'));
  try {
    const checked = await checkCsv({ path, fileName: basename(path), folder: join(folder, 'rows'), columns: accountPrepColumns });
    return checked.summary.accepted;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
