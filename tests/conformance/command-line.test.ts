import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CommandResult, runCommand } from '../support/command-line.ts';
import { type PracticeServer, startPracticeServer } from '../support/practice-server.ts';

const documentSchema = z.object({ holds: z.int(), broken: z.int(), not_checked: z.int(), clauses: z.array(z.object({ id: z.string(), title: z.string(), verdict: z.string(), detail: z.string() })), stays: z.array(z.string()) });

describe('drydock conformance', () => {
  let folder = '';
  let server: PracticeServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'drydock-conformance-'));
    server = await startPracticeServer(join(folder, 'server'));
    const added = await conformance(['env', 'add', 'made-up', '--url', server.ready.url]);
    if (added.exitCode !== 0) throw new Error(added.stderr);
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function conformance(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    const { token, approver_token: approver, temporary_password: password } = server.ready;
    return runCommand('drydock', args, { DRYDOCK_HOME: join(folder, 'operator'), DRYDOCK_TOKEN: token, DRYDOCK_APPROVER_TOKEN: approver, DRYDOCK_TEMP_PASSWORD: password, ...env });
  }

  it('finds the practice server to keep the contract, and says it in one document', async () => {
    const { exitCode, stdout, stderr } = await conformance(['conformance', '--env', 'made-up', '--json']);
    expect(stderr).toBe('');
    const document = documentSchema.parse(JSON.parse(stdout));
    expect(document.clauses.filter(({ verdict }) => verdict === 'broken')).toEqual([]);
    expect(exitCode).toBe(0);
    for (const secret of [server.ready.token, server.ready.approver_token, server.ready.temporary_password]) expect(stdout).not.toContain(secret);
  });

  it('says it for people too, one step where one is asked for', async () => {
    const { exitCode, stdout } = await conformance(['conformance', '--only', 'idempotency', '--migration', server.ready.migration]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/keeps the contract as far as it was checked/);
    expect(stdout).toMatch(/ok +idempotency\.same_answer +The same key and body have the same answer/);
    expect(stdout).toMatch(/not checked +plan\.complete/);
  });

  it('ends with 3 where it is refused, with 64 where it is not understood', async () => {
    const refused = await conformance(['conformance', '--migration', 'nobodys', '--json']);
    expect(refused.exitCode).toBe(3);
    expect(z.object({ error: z.object({ code: z.string() }) }).parse(JSON.parse(refused.stdout)).error.code).toBe('unknown_migration');
    expect((await conformance(['conformance'], { DRYDOCK_TOKEN: '' })).exitCode).toBe(3);
    expect((await conformance(['conformance', '--only', 'everything'])).exitCode).toBe(64);
  });
});
