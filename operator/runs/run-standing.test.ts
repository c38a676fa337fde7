import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../shared/contract/admin/approvals.ts';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { noCounts } from '../../shared/core/run-counts.ts';
import { payloadOf } from '../journal/payload.ts';
import { type OperatorHome, type TestOperator, createOperatorHome, refusalCode } from '../operator.testing.ts';
import { type StubAdminApi, startStubAdminApi } from '../stub-admin-api.testing.ts';
import { approvalsInJournal } from './kept-approvals.ts';
import { gatesInJournal } from './kept-gates.ts';

const at = '2026-01-01T00:00:00Z';
const planHash = 'a'.repeat(64);
const approval: Approval = { approval_id: 'ap-1', plan_hash: planHash, sub: 'arthur', decision: 'approve', comment: 'asked Penelope Papadimitriou', decided_at: at, expires_at: '2026-01-04T00:00:00Z', state: 'valid' };
const ofRun = { run_id: 'run-1' };

let stub: StubAdminApi;
let home: OperatorHome;
let decisions: Approval[] = [];
let state: Run['state'] = 'running';

function runNow(): Run {
  const ended = state === 'completed';
  return {
    run_id: 'run-1', migration: 'm1', kind: 'execution', state, plan_hash: planHash, cohort: 'c'.repeat(64), source_file: 'people.csv', requested_by: 'olga', stage_percent: null,
    counts: noCounts, rows_total: 2, rows_done: ended ? 2 : 0, rows_per_second: null, seconds_left: null, message: null, preceding_dry_run: null, created_at: at, started_at: at, ended_at: ended ? at : null,
  };
}

beforeEach(async () => {
  decisions = [approval];
  state = 'running';
  stub = await startStubAdminApi({
    getRun: runNow,
    listRuns: () => ({ items: [runNow()], next_cursor: null }),
    listRunItems: () => ({ items: [], next_cursor: null, state }),
    listApprovals: () => ({ items: decisions, next_cursor: null }),
  });
  home = createOperatorHome();
});
afterEach(async () => {
  await home.remove();
  await stub.close();
});

const states = ({ operator }: TestOperator, kind: 'approvals.mirrored' | 'gates.mirrored') => [...operator.parts.journal.entries({ kind })].map(payloadOf);

describe('decisions on a run and its gates', () => {
  it('are mirrored beside its items, each once, and again only when they stand otherwise', async () => {
    const opened = await home.connect(stub.url);
    const { journal, mirror } = opened.operator.parts;
    for (let look = 0; look < 3; look += 1) {
      await opened.client.call('runs.get', ofRun);
      await mirror.settle('to_the_end');
    }
    expect(states(opened, 'approvals.mirrored').map(({ decisions: kept }) => kept)).toEqual([[expect.objectContaining({ approval_id: 'ap-1', decision: 'approve', decided_at: at, state: 'valid' })]]);
    expect(gatesInJournal(journal, 'run-1')?.gates.find(({ name }) => name === 'approval')).toMatchObject({ state: 'passed', detail: 'Approved by 1 of 1.' });
    // Another comes, and the first is spent: the former is told once more, as it stands now.
    const second = { ...approval, approval_id: 'ap-2', sub: 'bea' };
    decisions = [{ ...approval, state: 'spent' }, second];
    await opened.client.call('runs.getSurroundings', ofRun);
    await opened.client.call('runs.getSurroundings', ofRun);
    expect(states(opened, 'approvals.mirrored')).toHaveLength(2);
    expect(approvalsInJournal(journal, 'run-1')).toEqual(decisions);
  });

  it('are told as they stood at the end once the run has ended', async () => {
    const first = await home.connect(stub.url);
    await first.client.call('runs.get', ofRun);
    await first.operator.parts.mirror.settle('to_the_end');
    await home.closeAll();
    state = 'completed';
    const opened = await home.open();
    await opened.client.call('runs.get', ofRun);
    await opened.operator.parts.mirror.settle('to_the_end');
    expect(states(opened, 'gates.mirrored').map(({ ended }) => ended)).toEqual([false, true]);
    expect(gatesInJournal(opened.operator.parts.journal, 'run-1')?.gates.find(({ name }) => name === 'execution')?.state).toBe('passed');
  });

  it('are shown without the server as they were shown with it, and their words are sealed', async () => {
    const opened = await home.connect(stub.url);
    const { approvals, gates } = await opened.client.call('runs.getSurroundings', ofRun);
    await stub.close();
    expect(await opened.client.call('runs.getSurroundings', ofRun)).toMatchObject({ offline: true, approvals, gates, erased: false });
    expect([...opened.operator.parts.journal.entries()].filter(({ payload }) => /Penelope|arthur|people\.csv/.test(payload))).toEqual([]);
  });

  it('that nobody has decided is known without the server too, and a run that was never looked at says that it is not', async () => {
    decisions = [];
    const opened = await home.connect(stub.url);
    await opened.client.call('runs.list', {});
    await opened.operator.parts.mirror.settle('to_the_end');
    const kept = opened.operator.parts.journal;
    expect([approvalsInJournal(kept, 'run-1'), gatesInJournal(kept, 'run-1')]).toEqual([undefined, undefined]);
    await opened.client.call('runs.getSurroundings', ofRun);
    await stub.close();
    expect((await opened.client.call('runs.getSurroundings', ofRun)).approvals).toEqual([]);
  });

  it('say what was decided and when, but neither who nor why, once the run was erased, in words of their own', async () => {
    state = 'completed';
    const opened = await home.connect(stub.url);
    const { client, operator } = opened;
    await client.call('runs.getSurroundings', ofRun);
    await client.call('journal.erase', ofRun);
    const { sub, comment, ...inClear } = approval;
    expect([sub, comment]).not.toContain('');
    const entries = operator.parts.journal.head()?.seq;
    const live = await client.call('runs.getSurroundings', ofRun);
    expect(live).toMatchObject({ erased: true, approvals: [approval] });
    await stub.close();
    const away = await client.call('runs.getSurroundings', ofRun);
    expect(away).toMatchObject({ erased: true, approvals: [{ ...inClear, sub: '', comment: '' }] });
    expect(away.gates?.map(({ detail }) => detail).join('')).toBe('');
    expect(operator.parts.journal.head()?.seq, 'looking at it records nothing of it').toBe(entries);
  });

  it('cannot be added to once the run was erased: nothing is sent, and what to do is said', async () => {
    state = 'completed';
    const { client } = await home.connect(stub.url);
    await client.call('runs.get', ofRun);
    await client.call('journal.erase', ofRun);
    expect(await refusalCode(client.call('runs.verify', ofRun))).toBe('journal_scope_erased');
    await expect(client.call('runs.verify', ofRun)).rejects.toMatchObject({ problem: { title: 'The people that this is about were erased here', detail: expect.stringContaining('nothing was sent') as unknown } });
    expect(stub.callsOf('verifyRun')).toEqual([]);
  });

  it('keep no run from being shown when the server refuses to tell them, or the journal takes no more', async () => {
    const refused = await home.connect(stub.url);
    const { listApprovals } = stub.answers;
    stub.answers.listApprovals = () => ({ refuse: 'insufficient_scope', status: 403 });
    expect(await refused.client.call('runs.get', ofRun)).toMatchObject({ run: { run_id: 'run-1' } });
    await refused.operator.parts.mirror.settle('to_the_end');
    if (listApprovals !== undefined) stub.answers.listApprovals = listApprovals;
    expect((await refused.client.call('runs.getSurroundings', ofRun)).approvals).toEqual([approval]);
  });
});
