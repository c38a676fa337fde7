// One run of the `report` benchmark, in a process of its own: `report-once.ts bare|report ROWS`; `hash` gives what a receipt states of the items.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync, fsyncSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { GatheredReport } from '../operator/reports/gather-report.ts';
import { beginReportFolder } from '../operator/reports/report-folder.ts';
import { writeReport } from '../operator/reports/write-report.ts';
import { openJournal } from '../operator/journal/open-journal.ts';
import { createSessionSecretStore } from '../operator/environments/session-secret-store.ts';
import { silentLog } from '../operator/log.ts';
import { ed25519FromSeed, sha512Bytes } from '../operator/keys/ed25519.ts';
import { signSshsig } from '../shared/core/sshsig.ts';
import { canonicalJson } from '../shared/core/canonical-json.ts';
import { noCounts } from '../shared/core/run-counts.ts';
import type { PlanRow } from '../shared/core/plan-row.ts';
import type { RunItem } from '../shared/core/run-item.ts';

const PAGE = 1_000;
const [, , work, rowsText] = process.argv;
const rowCount = Number(rowsText);
if ((work !== 'bare' && work !== 'report' && work !== 'hash') || !Number.isInteger(rowCount)) throw new Error('usage: report-once.ts bare|report|hash ROWS');

const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-report-'));
try {
  process.stdout.write(work === 'hash' ? itemsSha256() : JSON.stringify({ milliseconds: work === 'bare' ? bare() : await report(), peakMemoryMb: process.resourceUsage().maxRSS / 1024, longestBlockMs: null }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function itemOf(row: number): RunItem {
  const email = `customer.number.${row}@example.com`;
  const file = 'customers-2025-08-09.csv';
  return {
    seq: row,
    row,
    email,
    user_id: `5a17d0c5-0000-4000-8000-${String(row).padStart(12, '0')}`,
    outcome: 'applied',
    before: { stripe_customer_id: null, 'auth.must_reset_password': false },
    after: { stripe_customer_id: `cus_${row}`, 'auth.must_reset_password': true, 'migration.cohort': '2025-08-09-csv', 'migration.source_file': file },
    at: '2025-08-09T10:00:00.000Z',
  };
}

function planRowOf(row: number): PlanRow {
  return {
    row,
    email: `customer.number.${row}@example.com`,
    email_match: 'MATCH_EMAIL',
    match: 'MATCH_EMAIL',
    action: 'UPDATE_EXISTING',
    user_id: `5a17d0c5-0000-4000-8000-${String(row).padStart(12, '0')}`,
    changes: [{ field: 'stripe_customer_id', before: null, after: `cus_${row}` }],
    warnings: [],
    precondition: { users: 1 },
  };
}

function* pagesOf<Row>(make: (row: number) => Row, making: { milliseconds: number }): Generator<Row[]> {
  for (let from = 1; from <= rowCount; from += PAGE) {
    // What is timed is what becomes of a page that has arrived.
    const startedMs = performance.now();
    const page = Array.from({ length: Math.min(PAGE, rowCount - from + 1) }, (_, index) => make(from + index));
    making.milliseconds += performance.now() - startedMs;
    yield page;
  }
}

async function* arriving<Row>(pages: Iterable<Row[]>): AsyncGenerator<readonly Row[]> {
  yield* pages;
}

/** The baseline: each item through `JSON.stringify`, hashed and written, a page a time. */
function bare(): number {
  const making = { milliseconds: 0 };
  const startedMs = performance.now();
  const file = openSync(join(folder, 'bare.jsonl'), 'w');
  const hash = createHash('sha256');
  for (const page of pagesOf(itemOf, making)) {
    let lines = '';
    for (const item of page) lines += `${JSON.stringify(item)}\n`;
    hash.update(lines);
    writeSync(file, lines);
  }
  hash.digest('hex');
  fsyncSync(file);
  closeSync(file);
  return performance.now() - startedMs - making.milliseconds;
}

function itemsSha256(): string {
  const hash = createHash('sha256');
  for (const page of pagesOf(itemOf, { milliseconds: 0 })) hash.update(page.map((item) => `${canonicalJson({ ...item })}\n`).join(''));
  return hash.digest('hex');
}

async function report(): Promise<number> {
  // The server's part, in a process of its own: its memory is no part of what is measured.
  const statedHash = execFileSync(process.execPath, [import.meta.filename, 'hash', String(rowCount)], { encoding: 'utf8' });
  const key = ed25519FromSeed(randomBytes(32));
  const home = join(folder, 'home');
  const journal = openJournal({ home, secrets: createSessionSecretStore(), clock: () => new Date(), randomBytes, log: silentLog });
  const gathered = gatheredWith(statedHash);
  const making = { milliseconds: 0 };
  const startedMs = performance.now();
  const made = await beginReportFolder(join(folder, 'report'), randomBytes);
  await writeReport(made, {
    gathered,
    items: arriving(pagesOf(itemOf, making)),
    planRows: arriving(pagesOf(planRowOf, making)),
    redact: false,
    journal,
    key: { publicKeyLine: '', fingerprint: 'SHA256:bench', sign: (namespace, text) => signSshsig({ message: Buffer.from(text), namespace, ...key, sha512: sha512Bytes }) },
    sub: 'bench',
    signers: [],
    operatorClock: new Date(),
    version: 'bench',
    css: '',
    printer: undefined,
  });
  await made.publish(join(folder, 'report'));
  const milliseconds = performance.now() - startedMs - making.milliseconds;
  journal.close();
  return milliseconds;
}

function gatheredWith(itemsSha256: string): GatheredReport {
  const at = '2025-08-09T10:00:00.000Z';
  const counts = { ...noCounts, applied: rowCount };
  const common = { run_id: 'bench', migration: 'bench', kind: 'execution' as const, state: 'completed' as const, requested_by: 'bench', plan_hash: 'a'.repeat(64), cohort: 'b'.repeat(64), counts };
  return {
    run: { ...common, source_file: 'customers.csv', stage_percent: null, rows_total: rowCount, rows_done: rowCount, rows_per_second: null, seconds_left: null, message: null, preceding_dry_run: null, created_at: at, started_at: at, ended_at: at },
    migration: undefined,
    asOf: undefined,
    receiptText: '{}\n',
    receiptSignature: 'none\n',
    receipt: { ...common, receipt_version: 1, environment: { id: 'bench', name: 'bench', kind: 'practice' }, approved_by: [], items: rowCount, items_sha256: itemsSha256, redacted_items_sha256: itemsSha256, journal_head: null, issued_at: at },
    redactionKey: new Uint8Array(32),
    approvals: [],
    testRun: undefined,
    verification: undefined,
    plan: undefined,
    check: undefined,
    summary: undefined,
    gates: [],
    rollback: undefined,
    undone: undefined,
    verified: undefined,
    adoption: undefined,
  };
}
