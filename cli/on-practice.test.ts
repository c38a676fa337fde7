import { readFileSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { clauseTitles } from '../operator/conformance/clauses.ts';
import { planRowSchema } from '../shared/core/plan-row.ts';
import { planSummarySchema } from '../shared/core/plan-summary.ts';
import { runCountsSchema } from '../shared/core/run-counts.ts';
import { runStateSchema } from '../shared/core/run-state.ts';
import { type PracticeServer, startPracticeServer } from '../tests/support/practice-server.ts';
import { type Ended, type Surroundings, drydock } from './captured-terminal.testing.ts';
import { Interrupted } from './interrupted.ts';

const planSchema = z.strictObject({ run_id: z.string(), plan_hash: z.string(), cohort: z.string(), summary: planSummarySchema, rows: z.array(planRowSchema).optional() });
const executionSchema = z.strictObject({ run_id: z.string(), state: runStateSchema, counts: runCountsSchema });
const errorSchema = z.object({ error: z.object({ code: z.string(), title: z.string(), detail: z.string(), request_id: z.string().nullable() }) });

describe('the command line on a practice server', () => {
  let folder = '';
  let server: PracticeServer;
  let hash = '';
  let nameOnly = 0;

  const home = () => join(folder, 'home');
  const cli = (args: readonly string[], more: Surroundings = {}): Promise<Ended> => drydock(args, { ...more, env: { DRYDOCK_HOME: home(), DRYDOCK_TEMP_PASSWORD: server.ready.temporary_password, ...more.env } });
  const json = async (args: readonly string[], more: Surroundings = {}): Promise<{ exitCode: number; value: unknown }> => {
    const ended = await cli([...args, '--json'], more);
    expect(ended.stderr).toBe('');
    expect(ended.stdout.trim().split('\n')).toHaveLength(1);
    return { exitCode: ended.exitCode, value: JSON.parse(ended.stdout) };
  };
  const refusalOf = async (args: readonly string[], more: Surroundings = {}) => {
    const { exitCode, value } = await json(args, more);
    return [exitCode, errorSchema.parse(value).error.code];
  };
  const dryRun = ['dry-run', '', '--migration', ''];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'drydock-cli-practice-'));
    server = await startPracticeServer(join(folder, 'server'));
    dryRun[1] = server.ready.sample;
    dryRun[3] = server.ready.migration;
  });
  afterAll(async () => {
    await server.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it('adds an environment with a token from standard input, keeps it in the secret store alone and shows it nowhere', async () => {
    const added = await cli(['env', 'add', 'trial', '--url', server.ready.url, '--token-stdin'], { input: `${server.ready.token}\n` });
    expect(added.exitCode, added.stderr).toBe(0);
    expect(added.stdout + added.stderr).not.toContain(server.ready.token);
    const holders = readdirSync(home()).filter((name) => statSync(join(home(), name)).isFile() && readFileSync(join(home(), name)).includes(server.ready.token));
    expect(holders.length).toBe(1);
    expect(holders[0]).toMatch(/^secrets/);
    expect(statSync(join(home(), holders[0] ?? '')).mode & 0o777).toBe(0o600);
  });

  it('plans the sample, with the rows and a file on request, and ends with 2 since rows are left out', async () => {
    const out = join(folder, 'plan.json');
    const { exitCode, value } = await json([...dryRun, '--rows', '--out', out]);
    expect(exitCode).toBe(2);
    const plan = planSchema.parse(value);
    expect(plan.rows).toHaveLength(plan.summary.rows);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(value);
    hash = plan.plan_hash;
    nameOnly = (plan.rows ?? []).filter((row) => row.match === 'MATCH_NAME_UNIQUE' && row.action === 'UPDATE_EXISTING').length;
    expect(nameOnly).toBeGreaterThan(1);
    const again = planSchema.parse((await json(dryRun)).value);
    expect(again.plan_hash).toBe(hash);
    expect(again.rows).toBeUndefined();
    const people = await cli(dryRun);
    expect(people.stdout).toContain('matched by name alone');
    expect(people.stdout).toContain(`drydock test-run ${hash} --validate --ack-name-matches 1`);
  });

  it('makes decisions part of the plan', async () => {
    const rows = planSchema.parse((await json([...dryRun, '--rows'])).value).rows ?? [];
    const [declined, skipped] = rows.filter((row) => row.match === 'MATCH_NAME_UNIQUE' && row.action === 'UPDATE_EXISTING');
    if (declined === undefined || skipped === undefined) throw new Error('the sample lacks matches by name');
    const decided = planSchema.parse((await json([...dryRun, '--rows', '--decline', declined.email.toUpperCase(), '--skip', skipped.email])).value);
    expect(decided.plan_hash).not.toBe(hash);
    expect(decided.rows?.find(({ email }) => email === declined.email)?.action).not.toBe('UPDATE_EXISTING');
    expect(decided.rows?.find(({ email }) => email === skipped.email)?.action).toBe('SKIP');
    const only = planSchema.parse((await json([...dryRun, '--only', declined.email])).value);
    expect(await refusalOf(['execute', only.plan_hash])).toEqual([3, 'plan_partial']);
  });

  it('ends with 3 at every gate, and names the rows that must be looked at', async () => {
    expect(await refusalOf(['execute', hash, '--ack-name-matches', String(nameOnly)])).toEqual([3, 'test_run_required']);
    expect(await refusalOf(['test-run', hash])).toEqual([3, 'acknowledgement_required']);
    expect(await refusalOf(['test-run', hash, '--ack-name-matches', '2'])).toEqual([3, 'acknowledgement_required']);
    expect(await refusalOf(['approve', hash])).toEqual([3, 'insufficient_scope']);
    expect((await cli(['test-run', hash])).stderr).toMatch(/row \d+ {2}\S+@/);
    expect(await refusalOf(['execute', 'f'.repeat(64)])).toEqual([1, 'plan_not_found']);
    expect(await refusalOf(['dry-run', server.ready.sample, '--migration', 'nope'])).toEqual([1, 'unknown_migration']);
  });

  it('tries one row of each kind by really signing in, also when it was started before and left', async () => {
    const left = await json(['test-run', hash, '--ack-name-matches', '1']);
    expect(left.exitCode).toBe(0);
    expect(left.value).toMatchObject({ passed: false });
    expect(await refusalOf(['test-run', hash, '--ack-name-matches', '1'])).toEqual([3, 'test_set_open']);
    const { exitCode, value } = await json(['test-run', hash, '--ack-name-matches', '1', '--validate']);
    expect(exitCode).toBe(0);
    expect(value).toMatchObject({ run_id: z.object({ run_id: z.string() }).parse(left.value).run_id, passed: true });
    expect(value).toMatchObject({ members: [{ event_recorded: true }, { event_recorded: true }, { event_recorded: true }] });
  });

  it('prefers DRYDOCK_TOKEN to the stored token, and after an approval names the command that goes through', async () => {
    const { exitCode, stdout } = await cli(['approve', hash, '--comment', 'as asked for'], { env: { DRYDOCK_TOKEN: server.ready.approver_token } });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Next: drydock execute ${hash} --ack-name-matches ${String(nameOnly)}$`, 'm'));
    expect(await refusalOf(['execute', hash, '--ack-name-matches', String(nameOnly - 1)])).toEqual([3, 'acknowledgement_required']);
  });

  it.each([
    ['execute', () => ['execute', hash, '--ack-name-matches', String(nameOnly)]],
    ['rollback', () => ['rollback', '--migration', server.ready.migration, '--all', '--yes']],
    ['test-run', () => ['test-run', hash, '--ack-name-matches', '1']],
  ])('%s begins nothing that was interrupted before', async (_command, args) => {
    const runs = (await json(['runs'])).value;
    expect(await refusalOf(args(), { interrupted: AbortSignal.abort(new Error('interrupted')) })).toEqual([130, 'interrupted']);
    expect((await json(['runs'])).value).toEqual(runs);
  });

  it('stops watching on Ctrl-C while the run goes on, and pauses, resumes and ends it', async () => {
    const stop = new AbortController();
    const watching = json(['execute', hash, '--ack-name-matches', String(nameOnly), '--rate', '8'], { interrupted: stop.signal });
    const started = await untilExecutionRuns();
    stop.abort(new Error('interrupted'));
    const left = await watching;
    expect(left.exitCode).toBe(130);
    expect(executionSchema.parse(left.value).run_id).toBe(started);

    expect((await json(['pause', started])).exitCode).toBe(0);
    expect((await json(['resume', started])).exitCode).toBe(0);
    expect(await refusalOf(['execute', hash, '--ack-name-matches', String(nameOnly)])).toEqual([3, 'run_in_progress']);
    while (z.object({ state: z.string() }).parse((await json(['status', started])).value).state !== 'completed');
    const finished = await json(['execute', hash, '--ack-name-matches', String(nameOnly)]);
    const execution = executionSchema.parse(finished.value);
    expect(execution).toMatchObject({ run_id: started, state: 'completed' });
    expect(finished.exitCode).toBe(2);
    expect(execution.counts.skipped).toBeGreaterThan(0);
    expect((await cli(['status', started])).stdout).toContain(`drydock report export ${started}`);
    expect((await cli(['runs'])).stdout).toContain(started);
  });

  it('exports a report that verifies, as a folder and as a zip, and prints signers alone', async () => {
    const run = z.object({ items: z.array(z.object({ run_id: z.string(), kind: z.string(), state: z.string() })) }).parse((await json(['runs'])).value).items.find(({ kind, state }) => kind === 'execution' && state === 'completed');
    const out = join(folder, 'report');
    expect((await json(['report', 'export', run?.run_id ?? '', '--out', out])).exitCode).toBe(0);
    expect((await json(['report', 'verify', out])).exitCode).toBe(0);
    expect((await json(['report', 'verify', `${out}.zip`])).exitCode).toBe(0);
    const signers = await cli(['report', 'signers']);
    for (const line of signers.stdout.trim().split('\n')) expect(line).toMatch(/^\S+ .*ssh-ed25519 \S+/);
    expect((await json(['report', 'export', run?.run_id ?? '', '--out', out])).exitCode).toBe(1);
    expect((await json(['journal', 'verify'])).value).toMatchObject({ anchor: 'agrees', open_intents: 0 });
  });

  it('puts a new key in the place of the one that signed, whose reports still verify until it is revoked, which is not done unasked', async () => {
    const report = join(folder, 'report');
    const rotated = await json(['keys', 'rotate', '--valid-days', '30']);
    const { former_fingerprint: former } = z.object({ former_fingerprint: z.string() }).parse(rotated.value);
    expect((await json(['report', 'verify', report])).exitCode).toBe(0);
    const listed = z.object({ items: z.array(z.object({ whose: z.string(), state: z.string(), in_use: z.boolean() })) }).parse((await json(['keys', 'list'])).value);
    expect(listed.items.map(({ whose, state, in_use }) => [whose, state, in_use])).toEqual([['mine', 'live', true], ['mine', 'ended', false], ['receipt', 'live', true]]);
    expect(await refusalOf(['keys', 'revoke', former])).toEqual([64, 'usage']);
    expect((await json(['report', 'verify', report])).exitCode).toBe(0);
    expect((await json(['keys', 'revoke', former, '--yes'])).exitCode).toBe(0);
    expect((await json(['report', 'verify', report])).exitCode).toBe(1);
    expect((await cli(['report', 'signers'])).stdout.trim().split('\n')).toHaveLength(2);
    expect((await json(['journal', 'verify'])).value).toMatchObject({ anchor: 'agrees', open_intents: 0 });
  });

  it('reads back what the run wrote, all of it or so many picked by a seed', async () => {
    const execution = await finishedExecution();
    const all = await json(['verify', execution]);
    expect([all.exitCode, all.value]).toMatchObject([0, { verified_run_id: execution, differences: [], counts: { drifted: 0 } }]);
    const { rows_written: written } = z.object({ rows_written: z.int() }).parse(all.value);
    expect(all.value).toMatchObject({ counts: { no_change: written } });
    const some = await json(['verify', execution, '--sample', '5', '--seed', '7']);
    expect(some.exitCode).toBe(0);
    expect((await json(['verify', execution, '--sample', '5', '--seed', '7'])).value).toEqual({ ...z.record(z.string(), z.unknown()).parse(some.value), run_id: expect.any(String) });
    expect(some.value).toMatchObject({ counts: { no_change: 5 } });
  });

  it('puts one customer back after a preview, harmlessly twice, with a report that verifies', async () => {
    const [someone] = await applied();
    const rollback = ['rollback', '--migration', server.ready.migration, '--user', someone ?? ''];
    const preview = await json([...rollback, '--preview']);
    expect(preview).toMatchObject({ exitCode: 0, value: { counts: { reverted: 1, kept_changed_since: 0, nothing_to_revert: 0 }, approval_needed: false } });
    expect(await refusalOf(rollback), 'nobody is there to ask').toEqual([64, 'usage']);
    const declined = await cli([...rollback, '--json'], { ask: async () => 'n' });
    expect([declined.exitCode, errorSchema.parse(JSON.parse(declined.stdout)).error.code]).toEqual([3, 'not_confirmed']);
    const left = await cli([...rollback, '--json'], { ask: async () => Promise.reject(new Interrupted()) });
    expect([left.exitCode, errorSchema.parse(JSON.parse(left.stdout)).error.code]).toEqual([130, 'interrupted']);
    const done = await json([...rollback, '--yes']);
    expect([done.exitCode, done.value]).toMatchObject([0, { state: 'completed', counts: { reverted: 1 } }]);
    expect(await json([...rollback, '--yes'])).toMatchObject({ exitCode: 0, value: { counts: { reverted: 0, nothing_to_revert: 1 } } });

    const { run_id: run } = z.object({ run_id: z.string() }).parse(done.value);
    const out = join(folder, 'rollback-report');
    expect((await json(['report', 'export', run, '--out', out])).exitCode).toBe(0);
    expect((await json(['report', 'verify', out])).exitCode).toBe(0);
    expect(readFileSync(join(out, 'report.json'), 'utf8')).toMatch(/"reverted": ?1,/);
  });

  it('stops a run for good, and puts everybody back', async () => {
    const again = planSchema.parse((await json(dryRun)).value).plan_hash;
    expect((await json(['approve', again], { env: { DRYDOCK_TOKEN: server.ready.approver_token } })).exitCode).toBe(0);
    const few = String(planSchema.parse((await json([...dryRun, '--rows'])).value).rows?.filter((row) => row.match === 'MATCH_NAME_UNIQUE' && row.action === 'UPDATE_EXISTING').length);
    const begun = await json(['execute', again, '--ack-name-matches', few, '--rate', '0.01', '--detach']);
    const { run_id: run } = z.object({ run_id: z.string() }).parse(begun.value);
    const tooEarly = await cli(['report', 'export', run, '--out', join(folder, 'too-early')]);
    expect([tooEarly.exitCode, tooEarly.stderr]).toEqual([3, expect.stringMatching(/^drydock: The run goes on, so there is no report of it yet\n {2}It is (queued|running), with \d+ of \d+ rows done\. No report was written\. Export it once the run has ended; to report what is done so far, pause the run first\.\n/)]);
    expect((await json(['stop', run])).exitCode).toBe(0);
    while (z.object({ state: z.string() }).parse((await json(['status', run])).value).state !== 'stopped');
    expect(await refusalOf(['resume', run])).toEqual([3, 'run_state_conflict']);
    const all = await json(['rollback', '--migration', server.ready.migration, '--all', '--yes']);
    expect([0, 2]).toContain(all.exitCode);
    expect((await json(['rollback', '--migration', server.ready.migration, '--all', '--preview'])).value).toMatchObject({ counts: { reverted: 0 } });
  });

  it('leaves a conformance check before its next clause, with its runs ended and its people put back', async () => {
    const stop = new AbortController();
    const ended = await cli(['conformance', '--migration', server.ready.migration, '--only', 'execution', '--json'], {
      env: { DRYDOCK_APPROVER_TOKEN: server.ready.approver_token },
      interrupted: stop.signal,
      drawsProgress: true,
      heard: (text) => {
        if (text.includes(clauseTitles['execution.pause'])) stop.abort(new Error('interrupted'));
      },
    });
    expect([ended.exitCode, errorSchema.parse(JSON.parse(ended.stdout)).error]).toMatchObject([130, { code: 'interrupted', detail: 'Everybody who was written is put back.' }]);
    const { items } = z.object({ items: z.array(z.object({ kind: z.string(), state: z.string() })) }).parse((await json(['runs'])).value);
    expect(items.slice(0, 2)).toMatchObject([{ kind: 'rollback', state: 'completed' }, { kind: 'execution', state: 'stopped' }]);
    expect(items.filter(({ state }) => !['completed', 'completed_with_failures', 'stopped'].includes(state))).toEqual([]);
    expect((await json(['rollback', '--migration', server.ready.migration, '--all', '--preview'])).value).toMatchObject({ counts: { reverted: 0 } });
    expect(await refusalOf(['conformance', '--migration', server.ready.migration], { interrupted: AbortSignal.abort(new Error('interrupted')) })).toEqual([130, 'interrupted']);
  });

  it('reports a run that was watched here while the server is away, and says so', async () => {
    const execution = await finishedExecution();
    const [early, late] = [join(folder, 'while-there'), join(folder, 'while-away')];
    expect((await json(['report', 'export', execution, '--out', early])).exitCode).toBe(0);
    await server.stop('SIGKILL');
    const made = await cli(['report', 'export', execution, '--out', late, '--redact']);
    expect([made.exitCode, made.stderr]).toEqual([0, expect.stringContaining('drydock: the server cannot be asked now. The report was made of what is kept here')]);
    expect((await cli(['report', 'verify', late])).stdout).toContain('the report holds');
  });

  async function finishedExecution(): Promise<string> {
    const { items } = z.object({ items: z.array(z.object({ run_id: z.string(), kind: z.string(), state: z.string() })) }).parse((await json(['runs'])).value);
    return items.find(({ kind, state }) => kind === 'execution' && state === 'completed')?.run_id ?? '';
  }

  /** Whom the execution wrote. */
  async function applied(): Promise<readonly string[]> {
    const reply = await fetch(`${server.ready.url}/admin/runs/${await finishedExecution()}/items?limit=1000`, { headers: { authorization: `Bearer ${server.ready.token}` } });
    const { items } = z.object({ items: z.array(z.object({ email: z.string(), outcome: z.string() })) }).parse(await reply.json());
    return items.filter(({ outcome }) => outcome === 'applied').map(({ email }) => email);
  }

  async function untilExecutionRuns(): Promise<string> {
    for (;;) {
      const { items } = z.object({ items: z.array(z.object({ run_id: z.string(), kind: z.string(), state: z.string() })) }).parse((await json(['runs'])).value);
      const found = items.find(({ kind, state }) => kind === 'execution' && ['queued', 'running'].includes(state));
      if (found !== undefined) return found.run_id;
    }
  }
});
