import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../csv/temporary-folder.testing.ts';
import { createSessionSecretStore } from '../environments/session-secret-store.ts';
import { openJournal } from '../journal/open-journal.ts';
import { payloadOf } from '../journal/payload.ts';
import { silentLog } from '../log.ts';
import { journalOfRun } from './journal-of-run.ts';

describe('the journal of a run', () => {
  it('is what names the run, its plan or its cohort, with the other half of each intent and outcome', () => {
    const journal = openJournal({ home: temporaryFolder(), secrets: createSessionSecretStore(), clock: () => new Date(0), randomBytes, log: silentLog });
    const seqs: Record<string, number> = {};
    const add = (name: string, kind: 'intent' | 'outcome' | 'source.checked' | 'run.observed', payload: Record<string, string | number>): void => {
      seqs[name] = journal.append({ kind, payload: { name, ...payload } }).seq;
    };
    add('checked', 'source.checked', { cohort: 'c' });
    add('other check', 'source.checked', { cohort: 'd' });
    add('refused', 'intent', { plan_hash: 'p' });
    add('refusal', 'outcome', { intent: seqs['refused'] ?? 0, result: 'refused' });
    add('asked', 'intent', { call: 'dryRun' });
    add('planned', 'outcome', { intent: seqs['asked'] ?? 0, plan_hash: 'p' });
    add('other', 'intent', { plan_hash: 'q' });
    add('other outcome', 'outcome', { intent: seqs['other'] ?? 0, run_id: 'other' });
    add('seen', 'run.observed', { run_id: 'r' });
    const names = [...journalOfRun(journal, { runId: 'r', planHash: 'p', cohort: 'c' })].map((entry) => payloadOf(entry)['name']);
    journal.close();
    expect(names).toEqual(['checked', 'refused', 'refusal', 'asked', 'planned', 'seen']);
  });
});
