import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Environment } from '../../shared/contract/operator/environments.ts';
import type { ReportVerdict } from '../../shared/contract/operator/reports.ts';
import { publicKeyLine } from '../../shared/core/ssh-public-key.ts';
import { ed25519FromSeed } from '../keys/ed25519.ts';
import { openTestOperator, temporaryHome } from '../operator.testing.ts';
import { problem } from '../problems.ts';
import { startStubAdminApi, stubSession, type StubAdminApi } from '../stub-admin-api.testing.ts';
import { createReportWorld, type ReportWorld } from './report-world.testing.ts';
import { createTrust } from './trust.ts';

const key = (): Uint8Array => ed25519FromSeed(randomBytes(32)).publicKey;
const practice = (name: string, receiptKey: Uint8Array, current: boolean): Environment => ({ name, url: `http://127.0.0.1/${name}`, kind: 'practice', environment_id: 'practice', receipt_public_key: publicKeyLine(receiptKey), current, has_token: true, pin_changed: null });

/** The window's practice server and one of the command line, under one home: a good report would be said not to hold. */
describe('where two servers say one id of themselves', () => {
  function away() {
    const keys = { window: key(), commandLine: key() };
    const asked: (string | undefined)[] = [];
    const environments = {
      list: () => [practice('window', keys.window, false), practice('command-line', keys.commandLine, true)],
      connect: async (name?: string) => {
        asked.push(name);
        throw problem('unreachable', 'away', 'nothing');
      },
    };
    return { asked, keys, trust: createTrust(environments, { fetch: async () => [], remembered: () => [] }) };
  }

  it('the one whose key signed the receipt is asked, whichever calls go to', async () => {
    const { asked, keys, trust } = away();
    const trusted = await trust.ofEnvironment('practice', keys.window);
    expect(asked).toEqual(['window']);
    expect(trusted?.allowed.map(({ publicKey }) => Buffer.from(publicKey))).toEqual([Buffer.from(keys.window)]);
  });

  it('the one that calls go to is asked first where no receipt says which', async () => {
    const { asked, trust } = away();
    await trust.ofEnvironment('practice', null);
    expect(asked).toEqual(['command-line']);
    asked.length = 0;
    await trust.ofEnvironment('practice', key());
    expect(asked).toEqual(['command-line', 'window']);
  });

  it('good reports of both hold, whichever calls go to, with both servers, one, or none to be asked', async () => {
    const worlds = [await createReportWorld(), await createReportWorld()];
    const exported = await Promise.all(worlds.map(async (world) => (await world.handlers['reports.export']({ run_id: 'run-1' }, world.caller)).folder));
    const servers = await Promise.all(worlds.map(serverOf));
    const { home, remove } = temporaryHome();
    const { operator, client } = await openTestOperator(home);
    onTestFinished(async () => {
      await operator.close();
      await Promise.all(servers.map((server) => server.close()));
      for (const world of worlds) world.close();
      remove();
    });
    for (const [index, { url }] of servers.entries()) await client.call('environments.add', { name: `practice-${index}`, url, token: 'token' });
    const verdicts = async (): Promise<readonly ReportVerdict['verdict'][]> => Promise.all(exported.map(async (folder) => (await client.call('reports.verify', { handle: operator.files.add({ path: folder, fileName: folder, kind: 'folder' }) })).verdict));
    for (const name of ['practice-0', 'practice-1']) {
      await client.call('environments.use', { name });
      expect(await verdicts(), name).toEqual(['passed', 'passed']);
    }
    for (const server of servers) {
      await server.close();
      expect(await verdicts()).toEqual(['passed', 'passed']);
    }
    // As after "begin anew" and a change of address: nothing but memory says whose keys those were.
    for (const name of ['practice-0', 'practice-1']) await client.call('environments.remove', { name });
    expect(await verdicts()).toEqual(['passed', 'passed']);
  });
});

/** A server over HTTP that says of itself, and of who may sign, what a made-up world does. */
function serverOf(world: ReportWorld): Promise<StubAdminApi> {
  const session = { ...stubSession, environment: { id: 'env-world', name: 'World', kind: 'practice' as const }, receipt_public_key: publicKeyLine(world.receiptKey.publicKey) };
  return startStubAdminApi({ getSession: () => session, listSigners: () => ({ items: world.signers, next_cursor: null }), listJournalHeads: () => ({ items: [], next_cursor: null }) });
}
