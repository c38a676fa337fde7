import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { procedures } from '../shared/contract/operator/procedures.ts';
import { summarizePlan } from '../shared/core/plan-summary.ts';
import { createSessionSecretStore } from './environments/session-secret-store.ts';
import { type TestOperator, openTestOperator, refusalCode, temporaryHome } from './operator.testing.ts';
import { type StubAdminApi, startStubAdminApi } from './stub-admin-api.testing.ts';
import { type TestTransport, testTransports } from './transports.testing.ts';

const planHash = 'a'.repeat(64);
const csv = ['Customer Name,Customer Email,Stripe_Customer_ID,Signup Date', 'Ann Archer,ann@example.com,cus_1A,2024-01-01', 'Bob Boyle,BOB@example.com ,cus_2B,', 'Nobody,not an address,cus_3C,', 'Ann Archer,Ann@example.com,cus_1A,2024-01-01', ''].join('\n');

describe.each(Object.keys(testTransports))('the operator, %s', (transportName) => {
  let home: ReturnType<typeof temporaryHome>;
  let stub: StubAdminApi;
  let opened: TestOperator;
  let transport: TestTransport;

  beforeEach(async () => {
    home = temporaryHome();
    stub = await startStubAdminApi({
      dryRun: ({ body }) => ({ run_id: 'r1', plan_hash: planHash, cohort: cohortOf(body), summary: summarizePlan([]), rows: [], next_cursor: null }),
    });
    opened = await openTestOperator(home.home, { host: transportName === 'in process' ? 'command-line' : 'browser' });
    transport = await (testTransports[transportName] ?? raise())(opened.operator, home.home);
  });
  afterEach(async () => {
    await transport.close();
    await opened.operator.close();
    await stub.close();
    home.remove();
  });

  /** The stub names whatever cohort the operator computed, as a server that agrees would. */
  let expectedCohort = '';
  function cohortOf(_body: unknown): string {
    return expectedCohort;
  }

  function openFile(text: string): string {
    const path = opened.operator.files.newSpoolPath();
    writeFileSync(path, text);
    return opened.operator.files.add({ path, fileName: 'people.csv', kind: 'spooled' });
  }

  it('has a handler for every procedure', () => {
    expect(Object.keys(opened.operator.handlers).toSorted()).toEqual(Object.keys(procedures).toSorted());
  });

  it('says what it is', async () => {
    expect(await transport.client.call('app.getInfo', {})).toMatchObject({ version: '0.0.0', home: home.home, secret_store: 'file', sample_available: true });
  });

  it('refuses what is not of the declared form, and what does not exist, without reaching anybody', async () => {
    expect(await refusalCode(transport.client.call('environments.use', { name: '', extra: 1 } as never))).toBe('invalid_request');
    expect(await refusalCode(transport.client.call('environments.toString' as never, {} as never))).toBe('unknown_procedure');
    expect(await refusalCode(transport.client.call('migrations.list', {}))).toBe('no_environment');
    expect(stub.seen).toHaveLength(0);
  });

  it('never sees a path from its caller: a handle that was not given out opens nothing', async () => {
    expect(await refusalCode(transport.client.call('sources.check', { handle: '/etc/passwd', playbook: 'account-prep' }))).toBe('unknown_file');
  });

  it('checks a file and plans it', async () => {
    const summary = await transport.client.call('sources.check', { handle: openFile(csv), playbook: 'account-prep' });
    expect(summary).toMatchObject({ rows: 4, accepted: 2, rejected_count: 1, duplicate_count: 1, file_error: null });
    expect(await transport.client.call('sources.listRejected', { source_id: summary.source_id, offset: 0, limit: 10 })).toMatchObject({ total: 1, items: [{ line: 4, field: 'email' }] });
    expectedCohort = summary.cohort ?? '';
    await transport.client.call('environments.add', { name: 'staging', url: stub.url, token: 't' });
    expect(await transport.client.call('plans.dryRun', { migration: 'm1', source_id: summary.source_id })).toMatchObject({ plan_hash: planHash, cohort: summary.cohort });
    expect(stub.callsOf('dryRun')[0]?.body).toMatchObject({ records: [{ email: 'ann@example.com', full_name: 'Ann Archer' }, { email: 'bob@example.com' }] });
  });

  it('passes the server’s refusal on whole', async () => {
    await transport.client.call('environments.add', { name: 'staging', url: stub.url, token: 't' });
    stub.answers = { listMembers: () => ({ refuse: 'unknown_migration', status: 404 }) };
    await expect(transport.client.call('members.list', { migration: 'm9' })).rejects.toMatchObject({ problem: { code: 'unknown_migration', title: 'Refused: unknown_migration', detail: 'Do otherwise.', request_id: 'req-1' } });
  });

  it('hands out a finished file by an id alone', async () => {
    const summary = await transport.client.call('sources.check', { handle: openFile(csv), playbook: 'account-prep' });
    const { download_id } = await transport.client.call('sources.exportRejects', { source_id: summary.source_id });
    expect(await transport.client.call('app.describeDownload', { download_id })).toMatchObject({ file_name: 'people-rejects.csv', media_type: 'text/csv' });
    expect(await refusalCode(transport.client.call('app.describeDownload', { download_id: 'another' }))).toBe('unknown_download');
  });

  it('forgets a released file', async () => {
    const handle = openFile(csv);
    await transport.client.call('app.releaseFile', { handle });
    expect(await refusalCode(transport.client.call('sources.check', { handle, playbook: 'account-prep' }))).toBe('unknown_file');
  });

  it('keeps its journal', async () => {
    await transport.client.call('environments.add', { name: 'staging', url: stub.url, token: 't' });
    expect(await transport.client.call('journal.verify', {})).toMatchObject({ state: 'verified', open_intents: 0 });
    expect((await transport.client.call('journal.list', { offset: 0, limit: 10 })).items.map(({ kind }) => kind)).toEqual(['environment.added', 'journal.opened']);
  });
});

describe('a window that is opened again', () => {
  it('reads its journal also where tokens are kept for the session alone', async () => {
    const home = temporaryHome();
    const first = await openTestOperator(home.home, { secretStore: createSessionSecretStore() });
    const scope = first.operator.parts.journal.newScope();
    const { seq } = first.operator.parts.journal.append({ kind: 'run.observed', payload: {}, sealed: { scope, text: 'ann@example.com' } });
    await first.operator.close();
    const second = await openTestOperator(home.home, { secretStore: createSessionSecretStore() });
    const { journal } = second.operator.parts;
    const entry = journal.get(seq);
    expect(entry && journal.openSealed(entry)).toBe('ann@example.com');
    expect(journal.verify('full')).toMatchObject({ damage: null, notes: [] });
    expect((await second.client.call('app.getInfo', {})).secret_store).toBe('session-only');
    await second.operator.close();
    home.remove();
  });

  it('finds its file and what was left out, without the file', async () => {
    const home = temporaryHome();
    const first = await openTestOperator(home.home, { host: 'browser' });
    const path = join(home.home, 'people.csv');
    writeFileSync(path, csv);
    const handle = first.operator.files.add({ path, fileName: 'people.csv', kind: 'opened' });
    const summary = await first.client.call('sources.check', { handle, playbook: 'account-prep' });
    const rejected = await first.client.call('sources.listRejected', { source_id: summary.source_id, offset: 0, limit: 10 });
    await first.operator.close();

    const stub = await startStubAdminApi({});
    const second = await openTestOperator(home.home, { host: 'browser' });
    await second.client.call('environments.add', { name: 'staging', url: stub.url, token: 't' });
    expect((await second.client.call('way.get', { migration: 'm1' })).source).toMatchObject({ source_id: summary.source_id, accepted: 2 });
    expect(await second.client.call('sources.listRejected', { source_id: summary.source_id, offset: 0, limit: 10 })).toEqual(rejected);
    await second.operator.close();
    await stub.close();
    home.remove();
  });
});

function raise(): never {
  throw new Error('no such transport');
}
