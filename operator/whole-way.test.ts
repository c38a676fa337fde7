import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestOperator, openTestOperator, temporaryHome } from './operator.testing.ts';
import { type TestTransport, testTransports } from './transports.testing.ts';

let home: ReturnType<typeof temporaryHome>;
let opened: TestOperator;
let transport: TestTransport;

beforeAll(async () => {
  home = temporaryHome();
  await open();
});
afterAll(async () => {
  await close();
  home.remove();
});

/** The practice server is the built one, a child process reached over HTTP. */
async function open(): Promise<void> {
  opened = await openTestOperator(home.home, { host: 'browser' });
  transport = await (testTransports['loopback HTTP'] ?? raise())(opened.operator, home.home);
}
async function close(): Promise<void> {
  await transport.close();
  await opened.operator.close();
}

it('goes from the sample file to an executed plan on practice, closed and opened again at every step', { timeout: 300_000 }, async () => {
  const { migration } = await transport.client.call('practice.start', {});
  const { temporary_password } = await transport.client.call('practice.getStatus', {});
  const { handle } = await transport.client.call('sources.openSample', { playbook: 'account-prep' });
  const source = await transport.client.call('sources.check', { handle, playbook: 'account-prep' });
  expect((await transport.client.call('journal.getStatus', {})).anchor).toBe('none');
  const plan = await transport.client.call('plans.dryRun', { migration, source_id: source.source_id });
  expect(plan.summary.rows).toBe(source.accepted);
  expect((await transport.client.call('journal.getStatus', {})).anchor, 'the first anchor is told at once').toBe('agrees');

  await close();
  await open();
  expect(await gates(migration)).toEqual(['passed', 'passed', 'passed', 'open', 'closed', 'closed']);
  const nameOnly = await transport.client.call('plans.listRows', { migration, plan_hash: plan.plan_hash, offset: 0, limit: 100, match: 'MATCH_NAME_UNIQUE', action: 'UPDATE_EXISTING' });
  const test = await transport.client.call('testRuns.start', { migration, plan_hash: plan.plan_hash, acknowledge_name_matches: 1 });
  expect(test.emails).toHaveLength(3);

  await close();
  await open();
  const validated = await transport.client.call('testRuns.validate', { migration, run_id: test.run_id });
  expect(validated.observed).toMatchObject({ passed: true, restored: true });
  expect(validated.steps.map(({ step }) => step)).toEqual(['done', 'done', 'done']);
  expect(await gates(migration)).toEqual(['passed', 'passed', 'passed', 'passed', 'open', 'closed']);
  await transport.client.call('approvals.decide', { migration, plan_hash: plan.plan_hash, decision: 'approve', comment: 'looked through', as_practice_approver: true });
  const run = await transport.client.call('runs.execute', { migration, plan_hash: plan.plan_hash, acknowledge_name_matches: nameOnly.total });

  await close();
  await open();
  let shown = await transport.client.call('runs.get', run);
  while (shown.run.ended_at === null) shown = await transport.client.call('runs.watch', { ...run, known_items: shown.mirrored_items });
  expect(shown).toMatchObject({ run: { state: 'completed', rows_done: source.accepted }, mirrored_items: source.accepted });
  expect(await gates(migration)).toEqual(['passed', 'passed', 'passed', 'passed', 'passed', 'passed']);
  expect((await transport.client.call('runs.listItems', { ...run, offset: 0, limit: 1000 })).total).toBe(source.accepted);

  expect(await transport.client.call('journal.verify', {})).toMatchObject({ state: 'verified', anchor: 'agrees', open_intents: 0 });
  const report = await transport.client.call('reports.export', run);
  expect(await transport.client.call('reports.verify', { report_id: report.report_id })).toMatchObject({ verdict: 'passed' });

  const password = temporary_password ?? raise();
  for (const name of readdirSync(home.home, { recursive: true, encoding: 'utf8' })) {
    if (name.startsWith('practice') || name.startsWith('secrets')) continue;
    expect(textOf(join(home.home, name)).includes(password), name).toBe(false);
  }
});

async function gates(migration: string): Promise<string[]> {
  return (await transport.client.call('way.get', { migration })).gates.map(({ state }) => state);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function raise(): never {
  throw new Error('not there');
}
