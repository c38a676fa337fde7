import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileSecretStore } from '../environments/file-secret-store.ts';
import type { Journal } from '../journal/journal.ts';
import { openJournal } from '../journal/open-journal.ts';
import { silentLog } from '../log.ts';
import { temporaryHome } from '../operator.testing.ts';
import { keepReceipt, keptReceipt } from './kept-receipt.ts';

let home: ReturnType<typeof temporaryHome>;
let journal: Journal;

beforeEach(() => {
  home = temporaryHome();
  journal = openJournal({ home: home.home, secrets: createFileSecretStore(home.home), clock: () => new Date('2026-01-02T03:04:05Z'), randomBytes, log: silentLog });
});
afterEach(() => {
  journal.close();
  home.remove();
});

const issued = { receipt: '{"requested_by":"olga"}\n', signature: 'signature of one', redaction_key: 'a2V5' };
const again = { ...issued, receipt: '{"requested_by":"olga","issued_at":"later"}\n' };

describe('the receipt of a run', () => {
  it('is kept as it came, once; one that differs is another entry, and the newest is given', () => {
    expect(keptReceipt(journal, 'run-1')).toBeUndefined();
    for (const one of [issued, issued, again]) keepReceipt(journal, 'env-1', 'run-1', one);
    expect([...journal.entries({ kind: 'receipt.kept' })]).toHaveLength(2);
    expect(keptReceipt(journal, 'run-1')).toEqual(again);
    expect(keptReceipt(journal, 'run-2')).toBeUndefined();
  });

  it('stands sealed: who asked is not in the chain, and an erased run gives and takes none', () => {
    keepReceipt(journal, 'env-1', 'run-1', issued);
    expect([...journal.entries()].some(({ payload }) => payload.includes('olga'))).toBe(false);
    journal.eraseScopes([journal.scopeOfRun('run-1') ?? ''], { run_id: 'run-1' });
    expect(keptReceipt(journal, 'run-1')).toBeUndefined();
    keepReceipt(journal, 'env-1', 'run-1', again);
    expect([...journal.entries({ kind: 'receipt.kept' })]).toHaveLength(1);
  });
});
