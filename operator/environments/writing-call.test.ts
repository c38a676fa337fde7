import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { stopRun } from '../../shared/contract/admin/runs.ts';
import { decideApproval } from '../../shared/contract/admin/approvals.ts';
import { payloadOf } from '../journal/payload.ts';
import { type OperatorHome, type TestOperator, createOperatorHome, refusalCode } from '../operator.testing.ts';
import { installationRoot } from '../resource-paths.ts';
import { type StubAdminApi, startStubAdminApi, stubSession } from '../stub-admin-api.testing.ts';

let stub: StubAdminApi;
let home: OperatorHome;

const planHash = 'a'.repeat(64);
const approval = { approval_id: 'a1', plan_hash: planHash, sub: 'olga', decision: 'approve', comment: '', decided_at: '2026-01-01T00:00:00Z', expires_at: '2026-01-04T00:00:00Z', state: 'valid' } as const;
const consent = { migration: 'm1', plan_hash: planHash, decision: 'approve', comment: 'looked at with Peter Person' } as const;

beforeEach(async () => {
  stub = await startStubAdminApi({ decideApproval: () => approval });
  home = createOperatorHome();
});
afterEach(async () => {
  await home.remove();
  await stub.close();
});

async function connected(): Promise<TestOperator> {
  const opened = await home.open();
  await opened.client.call('environments.add', { name: 'staging', url: stub.url, token: 'canary-token-of-olga' });
  return opened;
}

function moduleUrl(name: string): string {
  return pathToFileURL(join(installationRoot(), 'operator', name)).href;
}

function entriesOf({ operator }: TestOperator): { kind: string; payload: Readonly<Record<string, unknown>> }[] {
  return [...operator.parts.journal.entries()].map((entry) => ({ kind: entry.kind, payload: payloadOf(entry) }));
}

describe('a writing call', () => {
  it('is in the journal before it goes out, anchored, and its outcome after', async () => {
    const here = await connected();
    let seenBefore: { kind: string }[] = [];
    stub.answers = {
      decideApproval: () => {
        seenBefore = entriesOf(here);
        return approval;
      },
    };
    await here.client.call('approvals.decide', consent);
    const [request] = stub.callsOf('decideApproval');
    expect(seenBefore.at(-1)).toMatchObject({ kind: 'intent', payload: { call: 'decideApproval', key: request?.key, environment: 'env-1' } });
    expect(entriesOf(here).at(-1)).toMatchObject({ kind: 'outcome', payload: { result: 'done', plan_hash: planHash } });

    const order = stub.seen.map(({ call }) => call);
    expect(order.lastIndexOf('postJournalHead')).toBeGreaterThan(order.indexOf('decideApproval'));
    expect(order.slice(0, order.indexOf('decideApproval'))).toContain('postJournalHead');
    const heads = stub.callsOf('postJournalHead').map(({ body }) => body as { seq: number; hash: string });
    expect(heads.at(-1)?.hash).toBe(here.operator.parts.journal.head()?.hash);
  });

  it('leaves the personal part of its body, and the token, in no file in the clear', async () => {
    const here = await connected();
    await here.client.call('approvals.decide', consent);
    await home.closeAll();
    for (const name of readdirSync(home.home)) {
      const bytes = readFileSync(join(home.home, name));
      expect(bytes.includes('Peter Person'), name).toBe(false);
      expect(bytes.includes('canary-token'), name).toBe(name === 'secrets-token-staging');
    }
  });

  it('notes a refusal with the server’s code and request id, and passes both on', async () => {
    const here = await connected();
    stub.answers = { decideApproval: () => ({ refuse: 'approver_not_eligible', status: 403 }) };
    await expect(here.client.call('approvals.decide', consent)).rejects.toMatchObject({ problem: { code: 'approver_not_eligible', title: 'Refused: approver_not_eligible', request_id: 'req-1' } });
    expect(entriesOf(here).at(-1)).toMatchObject({ kind: 'outcome', payload: { result: 'refused', code: 'approver_not_eligible', status: 403, request_id: 'req-1' } });
  });

  it('sends nothing when the server knows another journal at this place', async () => {
    const here = await connected();
    stub.answers = { decideApproval: () => approval, postJournalHead: () => ({ refuse: 'journal_forked', status: 409 }) };
    expect(await refusalCode(here.client.call('approvals.decide', consent))).toBe('journal_forked');
    expect(stub.callsOf('decideApproval')).toHaveLength(0);
    expect(here.operator.parts.journal.openIntents()).toHaveLength(0);
  });

  it('asks only its own of two practice servers, which have one id, what became of it, and anchors at both', async () => {
    const session = (key: string) => ({ ...stubSession, environment: { ...stubSession.environment, id: 'practice', kind: 'practice' as const }, receipt_public_key: `ssh-ed25519 ${key}` });
    const other = await startStubAdminApi({ decideApproval: () => approval, getSession: () => session('BBBB') });
    onTestFinished(async () => other.close());
    stub.answers = { decideApproval: () => 'cut', getSession: () => session('AAAA') };
    const here = await connected();
    await here.client.call('environments.add', { name: 'other', url: other.url, token: 'token' });
    expect(await refusalCode(here.client.call('approvals.decide', consent))).toBe('outcome_unknown');
    await here.client.call('environments.use', { name: 'other' });
    await here.client.call('approvals.decide', { ...consent, comment: 'at the other one' });
    expect(other.callsOf('decideApproval').map(({ body }) => (body as { comment: string }).comment)).toEqual(['at the other one']);
    expect(here.operator.parts.journal.openIntents()).toHaveLength(1);
    expect([stub, other].map((server) => server.callsOf('postJournalHead').length > 0)).toEqual([true, true]);
    stub.answers = { decideApproval: () => approval, getSession: () => session('AAAA') };
    await home.closeAll();
    const again = await home.open();
    await again.operator.parts.environments.connect('staging');
    expect(again.operator.parts.journal.openIntents()).toHaveLength(0);
  });

  it('anchors nothing behind heads of the server that could not be read, and looks at them at the next call', async () => {
    const here = await connected();
    const ofAnother = { journal_id: here.operator.parts.journal.journalId, seq: 1, hash: 'f'.repeat(64), sub: 'olga', anchored_at: '2026-01-01T00:00:00Z' };
    stub.answers = { decideApproval: () => approval, listJournalHeads: () => ({ refuse: 'unavailable', status: 503 }) };
    await here.client.call('approvals.decide', consent);
    expect(stub.callsOf('postJournalHead')).toEqual([]);
    stub.answers = { decideApproval: () => approval, listJournalHeads: () => ({ items: [ofAnother], next_cursor: null }) };
    expect(await refusalCode(here.client.call('approvals.decide', consent))).toBe('journal_forked');
    expect(stub.callsOf('decideApproval')).toHaveLength(1);
  });

  it('goes on while the head cannot be anchored, and anchors it later', async () => {
    const here = await connected();
    stub.answers = { decideApproval: () => approval, postJournalHead: () => ({ refuse: 'insufficient_scope', status: 403 }) };
    await here.client.call('approvals.decide', consent);
    stub.answers = { decideApproval: () => approval };
    await here.client.call('approvals.decide', consent);
    expect(stub.callsOf('postJournalHead').at(-1)?.body).toMatchObject({ hash: here.operator.parts.journal.head()?.hash });
  });
});

describe('a call whose outcome was never written', () => {
  it('is asked again after a restart with the same key and body, and settled by the answer', async () => {
    const first = await connected();
    stub.answers = { decideApproval: () => 'cut' };
    expect(await refusalCode(first.client.call('approvals.decide', consent))).toBe('outcome_unknown');
    expect(first.operator.parts.journal.openIntents()).toHaveLength(1);
    await home.closeAll();

    stub.answers = { decideApproval: () => approval };
    const second = await home.open();
    expect((await second.client.call('journal.getStatus', {})).open_intents).toBe(0);
    const [one, other] = stub.callsOf('decideApproval');
    expect(other?.key).toBe(one?.key);
    expect(other?.body).toEqual(one?.body);
    expect(other?.body).toEqual({ plan_hash: planHash, decision: 'approve', comment: consent.comment });
    expect(entriesOf(second).at(-1)).toMatchObject({ kind: 'outcome', payload: { result: 'done', settled: true } });
  });

  it('is settled also when the operator was killed while the server worked on it', async () => {
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', `import { openTestOperator } from ${JSON.stringify(moduleUrl('operator.testing.ts'))};
        const { client } = await openTestOperator(${JSON.stringify(home.home)});
        await client.call('environments.add', { name: 'staging', url: ${JSON.stringify(stub.url)}, token: 'token' });
        await client.call('approvals.decide', ${JSON.stringify(consent)});`],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    stub.answers = {
      decideApproval: () => {
        child.kill('SIGKILL');
        return 'silent';
      },
    };
    await once(child, 'exit');
    stub.answers = { decideApproval: () => approval };
    const here = await home.open();
    expect(here.operator.parts.journal.openIntents()).toHaveLength(1);
    expect(await here.client.call('journal.verify', {})).toMatchObject({ state: 'verified', open_intents: 0 });
    const [one, other] = stub.callsOf('decideApproval');
    expect(other).toMatchObject({ key: one?.key, body: one?.body });
  });

  it('is asked again by nobody but the person whose call it was, since a key is theirs alone', async () => {
    const first = await connected();
    stub.answers = { decideApproval: () => 'cut' };
    await refusalCode(first.client.call('approvals.decide', consent));
    await home.closeAll();
    stub.answers = { decideApproval: () => approval, getSession: () => ({ ...stubSession, sub: 'peter' }) };
    const second = await home.open();
    expect((await second.client.call('journal.getStatus', {})).open_intents).toBe(1);
    expect(stub.callsOf('decideApproval')).toHaveLength(1);
  });

  it('is asked again before the next writing call of the same launch', async () => {
    const here = await connected();
    stub.answers = { decideApproval: () => 'cut' };
    await refusalCode(here.client.call('approvals.decide', consent));
    stub.answers = { decideApproval: () => approval };
    await here.client.call('approvals.decide', { ...consent, comment: 'second' });
    const keys = stub.callsOf('decideApproval').map(({ key }) => key);
    expect(keys).toHaveLength(3);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
    expect(here.operator.parts.journal.openIntents()).toHaveLength(0);
  });

  it('stays open while the answer says nothing of the first attempt', async () => {
    const first = await connected();
    stub.answers = { decideApproval: () => 'cut' };
    await refusalCode(first.client.call('approvals.decide', consent));
    await home.closeAll();
    stub.answers = { decideApproval: () => ({ refuse: 'feature_disabled', status: 403 }) };
    const second = await home.open();
    expect((await second.client.call('journal.getStatus', {})).open_intents).toBe(1);
  });

  it('is not left open when nothing can have been sent', async () => {
    const here = await connected();
    const environment = await here.operator.parts.environments.connect();
    await stub.close();
    expect(await refusalCode(environment.write(stopRun, { params: { run_id: 'r' }, body: {} }))).toBe('unreachable');
    expect(here.operator.parts.journal.openIntents()).toHaveLength(0);
    stub = await startStubAdminApi({});
  });

  it('gives its answer once more when asked, with the same key', async () => {
    const here = await connected();
    await here.client.call('approvals.decide', consent);
    const [intent] = [...here.operator.parts.journal.entries({ kind: 'intent' })];
    const environment = await here.operator.parts.environments.connect();
    expect(await environment.askAgain(decideApproval, intent?.seq ?? 0)).toEqual(approval);
    const [one, other] = stub.callsOf('decideApproval');
    expect(other).toMatchObject({ key: one?.key, body: one?.body });
  });
});
