import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestOperator, openTestOperator, refusalCode, temporaryHome } from '../operator.testing.ts';
import type { OperatorOptions } from '../operator.ts';
import { type StubAdminApi, startStubAdminApi, stubSession } from '../stub-admin-api.testing.ts';

let stub: StubAdminApi;
let home: ReturnType<typeof temporaryHome>;
const open: TestOperator[] = [];
let now = Date.parse('2026-01-01T00:00:00Z');

beforeEach(async () => {
  stub = await startStubAdminApi({ listMigrations: () => ({ items: [], next_cursor: null }) });
  home = temporaryHome();
});
afterEach(async () => {
  for (const { operator } of open.splice(0)) await operator.close();
  await stub.close();
  home.remove();
});

async function operatorHere(options: Partial<OperatorOptions> = {}): Promise<TestOperator> {
  const opened = await openTestOperator(home.home, { clock: () => new Date(now), ...options });
  open.push(opened);
  return opened;
}

const add = { name: 'staging', url: 'set later', token: 'stored-token' };

describe('an environment', () => {
  it('is pinned by what it says of itself when it is first reached', async () => {
    const { client } = await operatorHere();
    expect(await client.call('environments.add', { ...add, url: `${stub.url}/` })).toEqual({ name: 'staging', url: stub.url, kind: 'staging', environment_id: 'env-1', receipt_public_key: 'ssh-ed25519 AAAA', current: true, has_token: true, pin_changed: null });
    expect(await client.call('environments.getConnection', {})).toMatchObject({ state: 'connected', session: { sub: 'olga' } });
  });

  it('keeps its token in a file that only its owner may read', async () => {
    const { client } = await operatorHere();
    await client.call('environments.add', { ...add, url: stub.url });
    expect(statSync(join(home.home, 'secrets-token-staging')).mode & 0o777).toBe(0o600);
    await client.call('environments.remove', { name: 'staging' });
    expect(statSync(join(home.home, 'secrets-token-staging'), { throwIfNoEntry: false })).toBeUndefined();
  });

  it('is called with DRYDOCK_TOKEN before a stored token', async () => {
    const { client } = await operatorHere({ env: { DRYDOCK_TOKEN: 'token-of-the-surroundings' } });
    await client.call('environments.add', { ...add, url: stub.url });
    await client.call('migrations.list', {});
    expect(stub.callsOf('listMigrations')[0]?.token).toBe('token-of-the-surroundings');
  });

  it('is sent no token that cannot stand in a header, and the runs that the journal knows are not shown in its place', async () => {
    const good = await operatorHere();
    await good.client.call('environments.add', { ...add, url: stub.url });
    expect(await refusalCode(good.client.call('environments.setToken', { name: 'staging', token: 'two words' }))).toBe('token_malformed');
    for (const token of ['two\nlines', 'z\u00fcrich']) {
      const { client } = await operatorHere({ env: { DRYDOCK_TOKEN: token } });
      expect(await refusalCode(client.call('runs.list', {}))).toBe('token_malformed');
    }
    const trimmed = await operatorHere({ env: { DRYDOCK_TOKEN: 'of-a-file\r\n' } });
    stub.answers = { getSession: () => ({ refuse: 'unauthenticated', status: 401 }) };
    expect(await refusalCode(trimmed.client.call('runs.list', {}))).toBe('unauthenticated');
    expect(await refusalCode(trimmed.client.call('runs.get', { run_id: 'run-1' }))).toBe('unauthenticated');
    expect(stub.callsOf('getSession').at(-1)?.token).toBe('of-a-file');
  });

  it('may be added before there is a token, and is pinned when it is first reached', async () => {
    const { client } = await operatorHere();
    expect(await client.call('environments.add', { name: 'later', url: stub.url })).toMatchObject({ has_token: false, environment_id: '' });
    expect(await client.call('environments.getConnection', {})).toEqual({ state: 'no_token' });
    await client.call('environments.setToken', { name: 'later', token: 't' });
    expect(await client.call('environments.list', {})).toMatchObject({ items: [{ environment_id: 'env-1', has_token: true }] });
  });

  it.each([
    ['environment_id', { environment: { ...stubSession.environment, id: 'env-2' } }],
    ['kind', { environment: { ...stubSession.environment, kind: 'production' as const } }],
    ['receipt_public_key', { receipt_public_key: 'ssh-ed25519 BBBB' }],
  ])('stops everything when its %s has changed, until that is confirmed', async (field, change) => {
    const { client, operator } = await operatorHere();
    await client.call('environments.add', { ...add, url: stub.url });
    stub.answers = { ...stub.answers, getSession: () => ({ ...stubSession, ...change }) };
    now += 60_000;
    expect(await refusalCode(client.call('migrations.list', {}))).toBe('environment_changed');
    expect(await client.call('environments.getConnection', {})).toMatchObject({ state: 'pin_changed' });
    expect(await client.call('environments.list', {})).toMatchObject({ items: [{ pin_changed: { field } }] });
    expect(stub.callsOf('listMigrations')).toHaveLength(0);

    await client.call('environments.confirmPin', { name: 'staging' });
    await client.call('migrations.list', {});
    expect(operator.parts.journal.last('environment.pin_confirmed')).toBeDefined();
    expect(await client.call('environments.list', {})).toMatchObject({ items: [{ pin_changed: null }] });
  });

  it('says why there is no connection, and never throws for it', async () => {
    const { client } = await operatorHere();
    expect(await client.call('environments.getConnection', {})).toEqual({ state: 'none' });
    await client.call('environments.add', { ...add, url: stub.url });
    stub.answers = { getSession: () => ({ refuse: 'unauthenticated', status: 401 }) };
    now += 60_000;
    expect(await client.call('environments.getConnection', {})).toMatchObject({ state: 'refused' });
    await stub.close();
    now += 60_000;
    expect(await client.call('environments.getConnection', {})).toMatchObject({ state: 'unreachable' });
    stub = await startStubAdminApi({});
  });

  it('is the one that --env names, whatever was chosen before', async () => {
    const first = await operatorHere();
    await first.client.call('environments.add', { ...add, url: stub.url });
    await first.client.call('environments.add', { ...add, name: 'other', url: stub.url });
    const named = await operatorHere({ environmentName: 'other' });
    expect(named.operator.parts.environments.currentName()).toBe('other');
    expect(first.operator.parts.environments.currentName()).toBe('staging');
    const unknown = await operatorHere({ environmentName: 'nowhere' });
    expect(await refusalCode(unknown.client.call('migrations.list', {}))).toBe('no_environment');
  });

  it('is never played by a second person where people are real', async () => {
    const { client } = await operatorHere();
    await client.call('environments.add', { ...add, url: stub.url });
    expect(await refusalCode(client.call('approvals.decide', { migration: 'm', plan_hash: 'a'.repeat(64), decision: 'approve', comment: '', as_practice_approver: true }))).toBe('not_practice');
  });
});
