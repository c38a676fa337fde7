import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { practiceOwnPassword } from '../../server/practice/people.ts';
import { adminClient } from '../support/admin-client.ts';
import { checksumOfBystanders } from '../support/bystanders.ts';
import { runCommand } from '../support/command-line.ts';
import { signIn, whoAmI } from '../support/customer.ts';
import { everybodyGoesThroughTheReset, newPassword, outsiderSignsInAsEver } from '../support/customers-afterwards.ts';
import { nameOnlyRows, type OperatorWay, operatorWay } from '../support/operator-way.ts';
import { type PracticeServer, startPracticeServer } from '../support/practice-server.ts';
import { scanForSecrets } from '../support/secret-scan.ts';

/**
 * The whole way of account-prep on the practice environment, with nothing but the two programs and HTTP: what an
 * operator on a jump host does, and what the customers see afterwards (A23).
 */
const run = promisify(execFile);

const errorSchema = z.object({ error: z.object({ code: z.string(), title: z.string(), detail: z.string() }) });


describe('the whole way of account-prep on practice, by command line and HTTP', () => {
  let folder = '';
  let practice: PracticeServer;
  let way: OperatorWay;
  let before = '';
  const secrets: Record<string, string> = {};
  const sessions: Record<string, string> = {};

  const dataFolder = (): string => join(folder, 'server');
  const home = (): string => join(folder, 'operator');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'drydock-e2e-'));
    const first = await startPracticeServer(dataFolder());
    await first.stop();
    before = await checksumOfBystanders(dataFolder(), first.ready.sample);
    practice = await startPracticeServer(dataFolder());
    way = operatorWay(home(), practice.ready);
    secrets['temporary password'] = practice.ready.temporary_password;
    secrets['token'] = practice.ready.token;
    secrets['approver token'] = practice.ready.approver_token;
  });

  afterAll(async () => {
    await practice.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('checks the sample file, and says which rows cannot go on', async () => {
    const answer = await way.cli(['check', practice.ready.sample]);
    expect(answer.exitCode).toBe(2);
    const document = z.object({ rows: z.int(), accepted: z.int(), rejected: z.array(z.unknown()), duplicates: z.array(z.unknown()), file_error: z.null() }).parse(JSON.parse(answer.stdout));
    expect(document.rows).toBe(60);
    expect(document.accepted + document.rejected.length + document.duplicates.length).toBe(60);
    expect(document.rejected.length).toBeGreaterThan(0);
    expect(document.duplicates.length).toBeGreaterThan(0);
  });

  it('goes from dry run to a signed report, each gate in its turn', async () => {
    const added = await way.cli(['env', 'add', 'practice', '--url', practice.ready.url]);
    expect(added.exitCode, added.stdout + added.stderr).toBe(0);

    const first = await way.dryRun();
    const nameOnly = nameOnlyRows(first);
    expect(Object.keys(first.summary.by_match).sort()).toEqual(['MATCH_EMAIL', 'MATCH_NAME_UNIQUE', 'NAME_AMBIGUOUS', 'NO_NAME_MATCH']);
    for (const action of ['UPDATE_EXISTING', 'CREATE_NEW', 'NO_CHANGE', 'COMPLETE', 'BLOCKED']) expect(first.summary.by_action[action], action).toBeGreaterThan(0);
    expect(nameOnly.length).toBeGreaterThan(0);

    // Execution before a test run is refused by a gate.
    const tooEarly = await way.cli(['execute', first.plan_hash, '--ack-name-matches', String(nameOnly.length)]);
    expect(tooEarly.exitCode).toBe(3);
    expect(errorSchema.parse(JSON.parse(tooEarly.stdout)).error.code).toBe('test_run_required');

    await outsiderSignsInAsEver(practice.ready.url, practice.ready.temporary_password);

    // The test users are real customers: signed in, with passwords of their own.
    const byEmail = first.rows.find((row) => row.match === 'MATCH_EMAIL' && row.action === 'UPDATE_EXISTING');
    const byName = nameOnly[0];
    const fresh = first.rows.find((row) => row.action === 'CREATE_NEW');
    if (byEmail === undefined || byName === undefined || fresh === undefined) throw new Error('the sample lacks a kind of row');
    const ownSignIn = await signIn(practice.ready.url, byEmail.email, practiceOwnPassword);
    expect(ownSignIn).toMatchObject({ status: 200, resetRequired: false });
    sessions['test user'] = ownSignIn.sessionToken ?? '';

    const unacknowledged = await way.cli(['test-run', first.plan_hash, '--email', byEmail.email, '--email', byName.email, '--email', fresh.email]);
    expect(unacknowledged.exitCode).toBe(3);
    expect(errorSchema.parse(JSON.parse(unacknowledged.stdout)).error.code).toBe('acknowledgement_required');

    const test = await way.cli(['test-run', first.plan_hash, '--email', byEmail.email, '--email', byName.email, '--email', fresh.email, '--ack-name-matches', '1', '--validate']);
    expect(test.exitCode, test.stdout + test.stderr).toBe(0);
    expect(z.object({ passed: z.boolean() }).parse(JSON.parse(test.stdout)).passed).toBe(true);

    // Validation cost the test user neither the session nor the password.
    expect((await whoAmI(practice.ready.url, sessions['test user'])).status).toBe(200);
    const afterValidation = await signIn(practice.ready.url, byEmail.email, practiceOwnPassword);
    expect(afterValidation).toMatchObject({ status: 200, resetRequired: true });

    const unapproved = await way.cli(['execute', first.plan_hash, '--ack-name-matches', String(nameOnly.length)]);
    expect(unapproved.exitCode).toBe(3);
    expect(errorSchema.parse(JSON.parse(unapproved.stdout)).error.code).toBe('approval_required');

    const wrongScope = await way.cli(['approve', first.plan_hash]);
    expect(errorSchema.parse(JSON.parse(wrongScope.stdout)).error.code).toBe('insufficient_scope');
    const approved = await way.cli(['approve', first.plan_hash], { DRYDOCK_TOKEN: practice.ready.approver_token });
    expect(approved.exitCode, approved.stdout + approved.stderr).toBe(0);

    const withoutAcknowledgement = await way.cli(['execute', first.plan_hash]);
    expect(withoutAcknowledgement.exitCode).toBe(3);
    expect(errorSchema.parse(JSON.parse(withoutAcknowledgement.stdout)).error.code).toBe('acknowledgement_required');

    const executed = await way.cli(['execute', first.plan_hash, '--ack-name-matches', String(nameOnly.length)]);
    expect([0, 2], executed.stdout + executed.stderr).toContain(executed.exitCode);
    const execution = z.object({ run_id: z.string(), state: z.string(), counts: z.record(z.string(), z.int()) }).parse(JSON.parse(executed.stdout));
    expect(execution.state).toBe('completed');

    Object.assign(sessions, await everybodyGoesThroughTheReset({ admin: adminClient(practice.ready.url, practice.ready.token), migration: practice.ready.migration, temporaryPassword: practice.ready.temporary_password, rows: first.rows }));
    await outsiderSignsInAsEver(practice.ready.url, practice.ready.temporary_password);

    const second = await way.dryRun();
    for (const row of second.rows.filter((each) => each.action !== 'BLOCKED')) expect(row.action, row.email).toBe('COMPLETE');

    await exportAndCheckTheReport(execution.run_id);
  });

  async function exportAndCheckTheReport(runId: string): Promise<void> {
    const out = join(folder, 'report');
    const exported = await way.cli(['report', 'export', runId, '--out', out]);
    expect(exported.exitCode, exported.stdout + exported.stderr).toBe(0);
    const signers = await runCommand('drydock', ['report', 'signers'], { DRYDOCK_HOME: home(), DRYDOCK_TOKEN: practice.ready.token });
    expect(signers.exitCode, signers.stderr).toBe(0);
    await writeFile(join(folder, 'allowed_signers'), signers.stdout);
    const principal = signers.stdout.split(' ')[0] ?? '';
    const verify = `ssh-keygen -Y verify -f ../allowed_signers -I ${principal} -n drydock-report -s MANIFEST.sha256.sig < MANIFEST.sha256 && sha256sum -c MANIFEST.sha256`;
    await run('bash', ['-c', verify], { cwd: out });
    const verified = await way.cli(['report', 'verify', out]);
    expect(verified.exitCode, verified.stdout + verified.stderr).toBe(0);

    const results = join(out, 'results.csv');
    const original = await readFile(results);
    const changed = Buffer.from(original);
    changed[changed.length - 2] = (changed[changed.length - 2] ?? 0) ^ 1;
    await writeFile(results, changed);
    await expect(run('bash', ['-c', verify], { cwd: out })).rejects.toMatchObject({ stdout: expect.stringContaining('results.csv: FAILED') as unknown });
    expect((await way.cli(['report', 'verify', out])).exitCode).toBe(1);
    await writeFile(results, original);
  }

  it('leaves everyone outside the cohort exactly as they were', async () => {
    await practice.stop();
    expect(await checksumOfBystanders(dataFolder(), practice.ready.sample)).toBe(before);
    practice = await startPracticeServer(dataFolder());
  });

  it('has written no secret anywhere but into the secret store, and would see one that leaked', async () => {
    await writeFile(join(folder, 'server.log'), practice.log());
    const all = { ...secrets, 'new password': newPassword, ...sessions };
    const scan = await scanForSecrets([folder], all);
    expect(scan.filesRead).toBeGreaterThan(20);
    expect(scan.found).toEqual([]);

    const planted = join(folder, 'planted.log');
    await writeFile(planted, `x${Buffer.from(`password=${secrets['temporary password']} and more`).toString('base64')}`);
    expect((await scanForSecrets([folder], all)).found.map((hit) => hit.file)).toContain(planted);
    await rm(planted);
  });
});
