import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterEach, describe, expect, it } from 'vitest';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { noCounts } from '../../shared/core/run-counts.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { type ReportHeader, reportHeaderSchema } from './report-document.ts';
import { madeUpRows } from './made-up-rows.testing.ts';
import { createReportWorld, type ReportWorld } from './report-world.testing.ts';

let world: ReportWorld;
afterEach(() => world.close());

const { rows, items } = madeUpRows();
const rollbackHash = 'e'.repeat(64);

async function exported(made: ReturnType<typeof madeUpRows>, over: Partial<Run>, prepare: () => void = () => undefined, redact = false) {
  world = await createReportWorld(made, undefined, over);
  prepare();
  const { folder } = await world.handlers['reports.export']({ run_id: 'run-1', redact }, world.caller);
  const verdict = await world.handlers['reports.verify']({ handle: world.handleOf(folder) }, world.caller);
  expect(verdict.checks.filter((check) => check.verdict !== 'passed')).toEqual([]);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const { items: written, plan_rows: planRows, ...header } = JSON.parse(read('report.json')) as { items: unknown[]; plan_rows?: unknown[] };
  const results = Papa.parse<Record<string, string>>(read('results.csv'), { header: true, skipEmptyLines: true }).data;
  return { header: reportHeaderSchema.parse(header), html: read('report.html'), results, written, planRows, journal: read('journal.jsonl') };
}

const gatesOf = ({ gates }: ReportHeader): string[] => gates.map((gate) => `${gate.name} ${gate.state}`);
const notDone = (html: string): string => html.slice(html.indexOf('<h2>What did not'), html.indexOf('<h2>The rows'));

describe('the report of a dry run', () => {
  it('tells row by row what would change, in every form, with counts by action and match, and misses nothing that a dry run does not do', async () => {
    const { header, html, results, written, planRows } = await exported({ rows, items: [] }, { kind: 'dry_run', state: 'completed', counts: noCounts, rows_done: 24, preceding_dry_run: null });
    expect(header.plan?.summary).toMatchObject({ rows: 24, by_action: { UPDATE_EXISTING: 17, CREATE_NEW: 6, BLOCKED: 1 }, by_match: { MATCH_EMAIL: 18, NO_NAME_MATCH: 6 } });
    expect(gatesOf(header)).toEqual(['load passed', 'check passed', 'dry_run passed']);
    expect([written.length, planRows?.length]).toEqual([0, 24]);
    expect(planRows?.[0]).toEqual(rows[0]);
    expect(results[0]).toMatchObject({ action: 'UPDATE_EXISTING', before: '{"stripe_customer_id":null}', after: '{"stripe_customer_id":"cus_1"}', outcome: '' });
    expect(html).toContain('What would change');
    expect(html).not.toMatch(/read back|not done|not started|What happened/);
  });

  it('tells the same without personal data', async () => {
    const { planRows, results } = await exported({ rows, items: [] }, { kind: 'dry_run', state: 'completed', counts: noCounts }, undefined, true);
    expect(planRows?.[0]).toMatchObject({ row: 1, changes: [{ field: 'stripe_customer_id', before: null, after: expect.stringMatching(/^redacted:/) }] });
    expect(JSON.stringify([planRows, results])).not.toMatch(/shop\.example|cus_|"u-1"/);
  });
});

describe('the report of a rollback', () => {
  const settled: readonly RunItem[] = items.slice(0, 3).map((item, index): RunItem => {
    const common = { seq: index + 1, row: item.row, email: item.email, user_id: item.user_id, before: null, after: null, at: item.at };
    if (index === 0) return { ...common, outcome: 'reverted', before: { stripe_customer_id: 'cus_1' }, after: { stripe_customer_id: null } };
    return index === 1 ? { ...common, outcome: 'kept_changed_since', planned: { stripe_customer_id: 'cus_2' }, now: { stripe_customer_id: 'cus_new' } } : { ...common, outcome: 'nothing_to_revert' };
  });
  const over: Partial<Run> = { kind: 'rollback', state: 'completed', plan_hash: null, source_file: null, rows_total: 3, rows_done: 3, preceding_dry_run: null };
  const beforeIt: Run = { ...over, run_id: 'run-0', kind: 'execution', created_at: '2025-08-09T09:00:00.000Z', counts: { ...noCounts, applied: 20 } } as Run;
  const begun = (): void => {
    const { journal } = world;
    world.server.others.push({ ...world.run, ...beforeIt, plan_hash: 'a'.repeat(64) });
    journal.append({ kind: 'outcome', payload: { environment: 'env-world', intent: 0, call: 'rollBack', result: 'done', rollback_hash: rollbackHash, counts: { reverted: 2, kept_changed_since: 0, nothing_to_revert: 1 } } });
    const body = { emails: ['person1@shop.example', 'person2@shop.example', 'person3@shop.example'], preview: false, rollback_hash: rollbackHash };
    const intent = journal.append({ kind: 'intent', payload: { call: 'rollBack', rollback_hash: rollbackHash, params: { id: '2025-08-09' } }, sealed: { scope: journal.newScope(), text: JSON.stringify(body) } });
    journal.append({ kind: 'outcome', payload: { environment: 'env-world', intent: intent.seq, call: 'rollBack', result: 'done', run_id: 'run-1' } });
  };

  it('says whom it was for, what it put back and kept, whose work that was, and passes the gates of a rollback', async () => {
    const { header, html, journal } = await exported({ rows: [], items: settled }, over, begun);
    expect(header.rollback).toEqual({
      rollback_hash: rollbackHash,
      whom: 'some',
      people: 3,
      emails: ['person1@shop.example', 'person2@shop.example', 'person3@shop.example'],
      previewed: { reverted: 2, kept_changed_since: 0, nothing_to_revert: 1 },
      undid: [{ run_id: 'run-0', kind: 'execution', created_at: '2025-08-09T09:00:00.000Z' }],
    });
    expect(gatesOf(header)).toEqual(['preview passed', 'approval not_needed']);
    expect(html).toContain('3 named: person1@shop.example, person2@shop.example, person3@shop.example');
    expect(notDone(html)).toContain('1 row changed since the run, and kept.');
    expect(notDone(html)).not.toMatch(/gate|read back/);
    expect(journal.match(new RegExp(rollbackHash, 'g'))?.length).toBe(3);
  });

  it('names who approved its preview, also where it was begun elsewhere', async () => {
    const { header } = await exported({ rows: [], items: settled }, over, () => {
      world.server.approvedHash = rollbackHash;
    });
    expect(gatesOf(header)).toEqual(['preview passed', 'approval passed']);
    expect(header.approvals.map(({ sub }) => sub)).toEqual(['arthur']);
    expect(header.left_out.join()).toContain('not begun with this journal');
  });
});

describe('the report of a run that', () => {
  it('is a stage says so, and takes rows outside it for no shortcoming', async () => {
    const { header, html } = await exported({ rows, items: items.slice(0, 3) }, { stage_percent: 10, rows_total: 3, state: 'completed' });
    expect(notDone(html)).toContain('covers a stage of 10 % of its plan');
    expect(html).toContain('not in this run');
    expect(html).not.toContain('did not come to');
    expect(header.gates.find(({ name }) => name === 'execution')?.detail).toBe('The stage of 10 % is done. The rest of the plan waits for a later one.');
  });

  it.each([
    ['stopped', '2025-08-09T10:00:30.000Z', 'The run was stopped before its end.'],
    ['failed', '2025-08-09T10:00:30.000Z', 'The run failed before its end.'],
    ['paused', null, 'The run has not ended: it is paused'],
    ['halted', null, 'The run has not ended: it is halted by its failure limit'],
  ] as const)('is %s says so', async (state, ended_at, sentence) => {
    const { html } = await exported({ rows, items }, { state, ended_at });
    expect(notDone(html)).toContain(sentence);
    expect(notDone(html)).toContain('did not come to 1 row');
  });

  it('is a verification says what it read back, and has no gates', async () => {
    const found = items.slice(0, 2).map((item, index): RunItem => ({ seq: index + 1, row: item.row, email: item.email, user_id: item.user_id, before: null, after: null, at: item.at, outcome: 'no_change' }));
    const { header, html } = await exported({ rows: [], items: found }, { kind: 'verification', state: 'completed', rows_total: 2, rows_done: 2 }, () => {
      const intent = world.journal.append({ kind: 'intent', payload: { call: 'verifyRun' }, sealed: { scope: world.journal.newScope(), text: JSON.stringify({ run_id: 'run-0', sample: { size: 2, seed: 'auditor' } }) } });
      world.journal.append({ kind: 'outcome', payload: { intent: intent.seq, call: 'verifyRun', result: 'done', run_id: 'run-1', verified_run_id: 'run-0', rows_written: 20 } });
    });
    expect(header.verified).toEqual({ run_id: 'run-0', kind: null, rows_written: 20, sample: { size: 2, seed: 'auditor' } });
    expect(header.gates).toEqual([]);
    expect(html).toContain('a sample of 2 of 20 rows, seed auditor');
    expect(html).not.toContain('was not read back');
  });

  it('is a test run shows what the server saw of each test customer', async () => {
    const { header, html } = await exported({ rows: [], items: items.slice(0, 1) }, { kind: 'test_run', state: 'completed', rows_total: 1, rows_done: 1 });
    expect(gatesOf(header)).toEqual(['load passed', 'check passed', 'dry_run passed', 'test_run passed']);
    expect(html).toContain('held at the reset');
    expect(notDone(html)).not.toMatch(/gate|read back/);
  });
});
