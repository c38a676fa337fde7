// One run of the `journal` benchmark in a process of its own: node bench/journal-once.ts mirror|bare ITEMS BATCH
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createFileSecretStore } from '../operator/environments/file-secret-store.ts';
import { openJournal } from '../operator/journal/open-journal.ts';
import { silentLog } from '../operator/log.ts';
import { keepItems } from '../operator/runs/mirrored-items.ts';
import type { RunItem } from '../shared/core/run-item.ts';

const RUN = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

/** An item as a small execution leaves it, about 400 bytes of JSON. */
function itemAt(seq: number): RunItem {
  const email = `customer.number${seq}@shop-example.com`;
  return {
    seq, row: seq, email, user_id: `0190a1b2-0000-7000-8000-${String(seq).padStart(12, '0')}`, outcome: 'applied', at: '2026-01-01T00:00:00.000Z',
    before: { 'auth.must_reset_password': false, stripe_customer_id: null, 'migration.cohort': null, 'migration.source_file': null },
    after: { 'auth.must_reset_password': true, stripe_customer_id: `cus_QX${seq}`, 'migration.cohort': '2025-08-09-csv', 'migration.source_file': 'customers-2025-08-09.csv' },
  };
}

/** Times `keep` alone: a page that has arrived and was read; the next one is made outside. */
function timed<Page>(items: number, batch: number, pageOf: (page: RunItem[]) => Page, keep: (page: Page) => void): number {
  let milliseconds = 0;
  for (let first = 1; first <= items; first += batch) {
    const page = pageOf(Array.from({ length: Math.min(batch, items - first + 1) }, (_, index) => itemAt(first + index)));
    const startedAt = performance.now();
    keep(page);
    milliseconds += performance.now() - startedAt;
  }
  return milliseconds;
}

/** What the mirror does with a page: finds what is there, seals, chains, marks, commits. */
function mirror(home: string, items: number, batch: number): number {
  const journal = openJournal({ home, secrets: createFileSecretStore(home), clock: () => new Date(), randomBytes, log: silentLog });
  const milliseconds = timed(items, batch, (page) => page, (page) => keepItems(journal, 'bench', RUN, page));
  if (journal.verify('full').damage !== null) throw new Error('the journal does not hold');
  journal.close();
  return milliseconds;
}

/** The same bytes into one table by one prepared statement, as durably. */
function bare(home: string, items: number, batch: number): number {
  const database = new Database(join(home, 'bare.sqlite'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE items (seq INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO items (seq, text) VALUES (?, ?)');
  const keep = database.transaction((page: readonly (readonly [number, string])[]) => {
    for (const [seq, text] of page) insert.run(seq, text);
  });
  const milliseconds = timed(items, batch, (page) => page.map((item) => [item.seq, JSON.stringify(item)] as const), (page) => keep.immediate(page));
  database.close();
  return milliseconds;
}

const [, , what, items, batch] = process.argv;
const home = mkdtempSync(join(process.env['DRYDOCK_BENCH_FOLDER'] ?? tmpdir(), 'drydock-bench-journal-'));
try {
  const work = what === 'bare' ? bare : mirror;
  const milliseconds = work(home, Number(items), Number(batch));
  process.stdout.write(JSON.stringify({ milliseconds, peakMemoryMb: process.resourceUsage().maxRSS / 1024, longestBlockMs: null }));
} finally {
  rmSync(home, { recursive: true, force: true });
}
