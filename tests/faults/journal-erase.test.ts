import { spawn } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OperatorHome, type TestOperator, createOperatorHome, refusalCode, temporaryHome } from '../../operator/operator.testing.ts';
import { createOpenFiles } from '../../operator/files.ts';
import { createEraseHandlers } from '../../operator/handlers/journal-erase.ts';
import { createFileSecretStore } from '../../operator/environments/file-secret-store.ts';
import { prepareImport } from '../../operator/journal/import-journal.ts';
import { operatorModule } from '../../operator/journal/journal-home.testing.ts';
import { createReportWorld } from '../../operator/reports/report-world.testing.ts';
import { createCheckedSources } from '../../operator/sources.ts';
import { type StubAdminApi, startStubAdminApi } from '../../operator/stub-admin-api.testing.ts';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { registerSigner } from '../../shared/contract/admin/signers.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { summarizePlan } from '../../shared/core/plan-summary.ts';
import { scanForSecrets } from '../support/secret-scan.ts';

const at = '2026-01-01T00:00:00Z';
const planHash = 'a'.repeat(64);
const rollbackHash = 'b'.repeat(64);
const ofPlan = { migration: 'm1', plan_hash: planHash };
const file = 'Customers of Cassandra Quillfeather.csv';
const csv = ['Customer Name,Customer Email,Stripe_Customer_ID,Signup Date', 'Cassandra Quillfeather,Cassandra.Quill@Shop.Example,cus_QUILL4711,2024-01-01', 'Ottokar Zimmermannson,ottokar.z@shop.example,cus_ZIMMER0815,', ''].join('\n');
/** As they could stand somewhere: as in the file, and folded. */
const people = {
  email: 'Cassandra.Quill@Shop.Example',
  folded: 'cassandra.quill@shop.example',
  other: 'ottokar.z@shop.example',
  name: 'Cassandra Quillfeather',
  foldedName: 'cassandra quillfeather',
  otherName: 'Ottokar Zimmermannson',
  stripe: 'cus_QUILL4711',
  otherStripe: 'cus_ZIMMER0815',
  comment: 'asked Penelope Papadimitriou',
};

const counts = { applied: 0, no_change: 0, skipped: 0, drifted: 0, failed: 0, reverted: 0, kept_changed_since: 0, nothing_to_revert: 0 };
const items: RunItem[] = [
  { seq: 1, row: 1, email: people.folded, user_id: 'u1', before: { stripe_customer_id: null }, after: { stripe_customer_id: people.stripe, full_name: people.name }, at, outcome: 'applied' },
  { seq: 2, row: 2, email: people.other, user_id: null, before: null, after: null, at, outcome: 'failed', code: 'email_taken', message: `${people.otherName} has it`, field: null },
];

let stub: StubAdminApi;
let home: OperatorHome;
let cohort = '';
let state: Run['state'] = 'completed';

beforeEach(async () => {
  state = 'completed';
  const run = (runId: string): Run => ({
    run_id: runId, migration: 'm1', kind: runId === 'undo' ? 'rollback' : 'execution', state, plan_hash: runId === 'undo' ? null : planHash, cohort: runId === 'undo' ? null : cohort, source_file: file, requested_by: 'olga', stage_percent: null,
    counts, rows_total: 2, rows_done: 2, rows_per_second: null, seconds_left: null, message: `Stopped at ${people.folded}`, preceding_dry_run: null, created_at: at, started_at: at, ended_at: state === 'running' ? null : at,
  });
  stub = await startStubAdminApi({
    dryRun: () => ({ run_id: 'plan-run', plan_hash: planHash, cohort, summary: summarizePlan([]), rows: [], next_cursor: null }),
    listPlanRows: () => ({ items: [], next_cursor: null }),
    execute: () => ({ run_id: 'exec' }),
    getRun: ({ params }) => run(params['run_id'] ?? ''),
    listRunItems: ({ query }) => ({ items: items.slice(Number(query.get('after') ?? 0)), next_cursor: null, state: 'completed' }),
    decideApproval: () => ({ approval_id: 'a1', plan_hash: planHash, sub: 'olga', decision: 'approve', comment: people.comment, decided_at: at, expires_at: at, state: 'valid' }),
    rollBack: ({ body }) => ((body as { preview: boolean }).preview ? { rollback_hash: rollbackHash, counts: { reverted: 1, kept_changed_since: 0, nothing_to_revert: 0 }, approval_needed: false, items: [], next_cursor: null } : { run_id: 'undo' }),
  });
  home = createOperatorHome({ host: 'browser' });
});
afterEach(async () => {
  await home.remove();
  await stub.close();
});

/** Everything that personal data goes into: the file, its check and rejects, plan, approval, run, items, rollback. */
async function wholeWay(opened: TestOperator): Promise<void> {
  const { client, operator } = opened;
  await client.call('environments.add', { name: 'staging', url: stub.url, token: 'token' });
  const path = operator.files.newSpoolPath();
  writeFileSync(path, csv);
  const summary = await client.call('sources.check', { handle: operator.files.add({ path, fileName: file, kind: 'spooled' }), playbook: 'account-prep' });
  await client.call('sources.exportRejects', { source_id: summary.source_id });
  cohort = summary.cohort ?? '';
  await client.call('plans.dryRun', { migration: 'm1', source_id: summary.source_id, decisions: [{ email: people.other, as: 'skip' }], only: [people.folded] });
  await client.call('approvals.decide', { ...ofPlan, decision: 'approve', comment: people.comment });
  await client.call('runs.execute', { ...ofPlan, acknowledged: [people.folded] });
  await client.call('runs.listItems', { run_id: 'exec', offset: 0, limit: 10 });
  await client.call('rollback.preview', { migration: 'm1', emails: [people.folded] });
  await client.call('rollback.start', { migration: 'm1', emails: [people.folded], rollback_hash: rollbackHash });
  await client.call('runs.get', { run_id: 'undo' });
}

/** Everything that can still be read with what this home has. */
function openedText({ operator }: TestOperator): string {
  const { journal } = operator.parts;
  return [...journal.entries()].map((entry) => journal.openSealed(entry) ?? '').join('\n');
}

function namedIn(text: string): string[] {
  return Object.entries(people).filter(([, value]) => text.toLowerCase().includes(value.toLowerCase())).map(([name]) => name);
}

function keysIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('secrets-journal-scope-'));
}

/** Bare digests, which tell a person to whoever has a list of addresses: in hex and in base64. */
function digestsOf(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => ['sha256', 'sha1', 'md5', 'sha512'].flatMap((kind) => (['hex', 'base64', 'base64url'] as const).map((form) => [`${kind} of ${name} in ${form}`, hash(kind, value, form)]))),
  );
}

describe('erasing the people of a run', () => {
  it('leaves none of them in any file of the home, nor under any key that is left', async () => {
    const opened = await home.open();
    await wholeWay(opened);
    expect((await scanForSecrets([home.home], people)).found.map(({ secret }) => secret), 'the scan can find them: the file lies there').toContain('email');
    expect(namedIn(openedText(opened))).toEqual(Object.keys(people));

    const preview = await opened.client.call('journal.previewErase', { run_id: 'exec' });
    expect(preview.runs.map(({ run_id }) => run_id)).toEqual(['exec', 'plan-run', 'undo']);
    expect(preview.keys).toBeGreaterThan(2);
    expect(await opened.client.call('journal.erase', { run_id: 'exec' })).toEqual(preview);

    expect((await scanForSecrets([home.home], people)).found, 'while it is open').toEqual([]);
    expect(namedIn(openedText(opened))).toEqual([]);
    expect((await opened.client.call('runs.listItems', { run_id: 'exec', offset: 0, limit: 10 })).total).toBe(0);
    expect(await opened.client.call('journal.verify', {})).toMatchObject({ state: 'verified', detail: null });
    const sent = stub.callsOf('decideApproval').length;
    expect(await refusalCode(opened.client.call('approvals.decide', { ...ofPlan, decision: 'approve', comment: people.comment }))).toBe('journal_scope_erased');
    expect(stub.callsOf('decideApproval'), 'what could not be recorded is not sent').toHaveLength(sent);
    await home.closeAll();
    expect((await scanForSecrets([home.home], people)).found, 'after it was closed').toEqual([]);
    expect((await scanForSecrets([home.home], digestsOf(people))).found, 'nor bare digests of them').toEqual([]);

    const again = await home.open();
    expect(namedIn(openedText(again))).toEqual([]);
    expect(again.operator.parts.journal.verify('full').damage).toBeNull();
    const entries = again.operator.parts.journal.head()?.seq;
    expect(await again.client.call('journal.erase', { run_id: 'undo' })).toMatchObject({ keys: 0 });
    expect(again.operator.parts.journal.head()?.seq, 'a second time says nothing new').toBe(entries);
  });

  it('holds in a backup from before too, wherever that is put back', async () => {
    const opened = await home.open();
    await wholeWay(opened);
    const beside = temporaryHome();
    const path = join(beside.home, 'backup.sqlite');
    await opened.client.call('journal.backUp', { handle: opened.operator.files.add({ path, fileName: 'backup.sqlite', kind: 'opened' }) });
    await opened.client.call('journal.erase', { run_id: 'exec' });
    await home.closeAll();
    expect((await scanForSecrets([beside.home], people)).found).toEqual([]);
    for (const name of readdirSync(home.home).filter((one) => /^journal[.-]/.test(one))) rmSync(join(home.home, name));
    prepareImport(home.home, createFileSecretStore(home.home), path, new Date(at)).putInPlace();
    const again = await home.open();
    expect(again.operator.parts.journal.verify('full').damage).toBeNull();
    expect(namedIn(openedText(again))).toEqual([]);
    beside.remove();
  });

  it('holds nothing of them in the clear in the chain, from the first entry on', async () => {
    const opened = await home.open();
    await wholeWay(opened);
    await home.closeAll();
    expect((await scanForSecrets([home.home], people)).found).toEqual([]);
  });

  it('is refused while a run of the same people is under way, and once that has ended goes on', async () => {
    const opened = await home.open();
    state = 'running';
    await wholeWay(opened);
    expect(await refusalCode(opened.client.call('journal.previewErase', { run_id: 'plan-run' }))).toBe('run_in_progress');
    expect(await refusalCode(opened.client.call('journal.erase', { run_id: 'plan-run' }))).toBe('run_in_progress');
    expect(namedIn(openedText(opened))).toEqual(Object.keys(people));
    state = 'stopped';
    expect(await opened.client.call('journal.erase', { run_id: 'plan-run' })).toMatchObject({ run_id: 'plan-run' });
    expect(namedIn(openedText(opened))).toEqual([]);
  });

  it('is refused while a call about them has no known outcome, and where the run is not known', async () => {
    const opened = await home.open();
    await wholeWay(opened);
    stub.answers = { ...stub.answers, decideApproval: () => 'cut' };
    await refusalCode(opened.client.call('approvals.decide', { ...ofPlan, decision: 'approve', comment: people.comment }));
    expect(await refusalCode(opened.client.call('journal.erase', { run_id: 'exec' }))).toBe('journal_intent_open');
    expect(await refusalCode(opened.client.call('journal.erase', { run_id: 'another' }))).toBe('unknown_run');
    expect(namedIn(openedText(opened))).toEqual(Object.keys(people));
  });

  it('leaves the people of another file alone', async () => {
    const opened = await home.open();
    await wholeWay(opened);
    const { journal } = opened.operator.parts;
    const scope = journal.newScope();
    const other = journal.append({ kind: 'run.observed', payload: { environment: 'env-1', run_id: 'other', migration: 'm2', run_kind: 'execution', state: 'completed', ended_at: at, plan_hash: 'd'.repeat(64), cohort: 'e'.repeat(64) }, sealed: { scope, text: 'somebody else' } });
    await opened.client.call('journal.erase', { run_id: 'exec' });
    expect(journal.openSealed(other)).toBe('somebody else');
  });

  it.each([0, 2])('is finished at the next start when the process was killed after the entry and %i keys', async (destroyed) => {
    const first = await home.open();
    await wholeWay(first);
    await home.closeAll();
    const script = `import { openTestOperator } from ${operatorModule('operator.testing.ts')}; import { createFileSecretStore } from ${operatorModule('environments/file-secret-store.ts')};
      const home = ${JSON.stringify(home.home)};
      const store = createFileSecretStore(home);
      let left = ${destroyed};
      const secretStore = { ...store, removeEverywhere(name) { if (left === 0) process.kill(process.pid, 'SIGKILL'); left -= 1; store.removeEverywhere(name); } };
      const { client } = await openTestOperator(home, { secretStore });
      await client.call('journal.erase', { run_id: 'exec' });`;
    const before = keysIn(home.home).length;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'inherit'] });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    expect(keysIn(home.home)).toHaveLength(before - destroyed);
    // As if it had been killed once more, between a key's bytes and its name.
    const [overwritten = ''] = keysIn(home.home);
    writeFileSync(join(home.home, overwritten), Buffer.alloc(44));
    const again = await home.open();
    expect(keysIn(home.home)).toEqual([]);
    expect(namedIn(openedText(again))).toEqual([]);
    expect([...again.operator.parts.journal.entries({ kind: 'journal.erased' })]).toHaveLength(1);
    expect(again.operator.parts.journal.verify('full').damage).toBeNull();
  });

  it('seals what a person’s own registration says, which no run is named for', async () => {
    const opened = await home.open();
    await opened.client.call('environments.add', { name: 'staging', url: stub.url, token: 'token' });
    const environment = await opened.operator.parts.environments.connect();
    await environment.write(registerSigner, { params: {}, body: { public_key: 'ssh-ed25519 AAAA', proof: 'p', sub: people.folded } }).catch(() => undefined);
    expect((await scanForSecrets([home.home], people)).found).toEqual([]);
    expect(namedIn(openedText(opened))).toEqual(['email', 'folded']);
  });
});

describe('a report that was exported before', () => {
  it('still verifies, lies where it was, and is named', async () => {
    const world = await createReportWorld();
    const files = createOpenFiles(world.home, randomBytes, process.pid, () => true);
    const { caller } = world;
    const report = await world.handlers['reports.export']({ run_id: 'run-1' }, caller);
    const { home: worldHome, journal, environments } = world;
    const handlers = createEraseHandlers({ home: worldHome, journal, environments, sources: createCheckedSources(), files: files.handles, downloads: files.downloads, mirror: { forget: async () => undefined } }, { forget: async () => undefined });
    expect(await handlers['journal.erase']({ run_id: 'run-1' }, caller)).toMatchObject({ reports: [{ report_id: report.report_id, folder: report.folder }] });
    expect(await world.handlers['reports.verify']({ report_id: report.report_id }, caller)).toMatchObject({ verdict: 'passed' });
    files.close();
    world.close();
  });
});
