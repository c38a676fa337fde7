import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { nameOnlyRows, operatorWay } from '../support/operator-way.ts';
import { type PracticeReady, type PracticeServer, startPracticeServer } from '../support/practice-server.ts';

/**
 * A server that dies in the middle of an execution loses no row and doubles none: what a batch had committed stays,
 * what it had not has not happened, and the next process goes on from there.
 */
const itemsSchema = z.object({
  items: z.array(z.object({ seq: z.int(), row: z.int(), email: z.string(), outcome: z.string() })),
  next_cursor: z.string().nullable(),
  state: z.string(),
});
type Items = z.infer<typeof itemsSchema>;

async function items(ready: PracticeReady, runId: string, after: number): Promise<Items> {
  const answer = await fetch(`${ready.url}/admin/runs/${runId}/items?after=${after}&limit=1000&wait=10`, { headers: { authorization: `Bearer ${ready.token}` } });
  expect(answer.status).toBe(200);
  return itemsSchema.parse(await answer.json());
}

async function allItems(ready: PracticeReady, runId: string): Promise<Items['items']> {
  const all: Items['items'] = [];
  for (;;) {
    const page = await items(ready, runId, all.at(-1)?.seq ?? 0);
    all.push(...page.items);
    if (page.next_cursor === null) return all;
  }
}

describe('a server killed in the middle of an execution', () => {
  let folder = '';
  let server: PracticeServer | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'drydock-kill-'));
  });
  afterEach(async () => {
    await server?.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it('ends the run after a restart: every row of the plan once, in a sequence without gaps', async () => {
    server = await startPracticeServer(join(folder, 'server'));
    const way = operatorWay(join(folder, 'operator'), server.ready);
    const plan = await way.toApprovedPlan();
    const started = await way.cli(['execute', plan.plan_hash, '--ack-name-matches', String(nameOnlyRows(plan).length), '--rate', '20', '--detach']);
    const runId = z.object({ run_id: z.string() }).parse(JSON.parse(started.stdout)).run_id;

    const seen = await items(server.ready, runId, 0);
    expect(seen.next_cursor, 'the run had ended before it could be killed').not.toBeNull();
    await server.stop('SIGKILL');

    server = await startPracticeServer(join(folder, 'server'));
    const all = await allItems(server.ready, runId);
    expect(all.map((item) => item.seq)).toEqual(all.map((_item, place) => place + 1));
    expect(all.slice(0, seen.items.length).map((item) => item.row)).toEqual(seen.items.map((item) => item.row));
    expect(all.map((item) => item.row).toSorted((a, b) => a - b)).toEqual(plan.rows.map((row) => row.row).toSorted((a, b) => a - b));
    expect(all.filter((item) => item.outcome === 'failed' || item.outcome === 'drifted')).toEqual([]);
    expect((await items(server.ready, runId, all.length)).state).toBe('completed');
  });

  it('shows an operator who comes back where things stand', async () => {
    server = await startPracticeServer(join(folder, 'server'));
    const way = operatorWay(join(folder, 'operator'), server.ready);
    const plan = await way.toApprovedPlan();
    const started = await way.cli(['execute', plan.plan_hash, '--ack-name-matches', String(nameOnlyRows(plan).length), '--detach']);
    const runId = z.object({ run_id: z.string() }).parse(JSON.parse(started.stdout)).run_id;
    await allItems(server.ready, runId);

    const status = await way.cli(['status', runId]);
    expect([0, 2], status.stdout + status.stderr).toContain(status.exitCode);
    expect(z.object({ run_id: z.string(), state: z.string() }).parse(JSON.parse(status.stdout))).toEqual({ run_id: runId, state: 'completed' });
    const again = await way.cli(['execute', plan.plan_hash, '--ack-name-matches', String(nameOnlyRows(plan).length)]);
    expect(z.object({ run_id: z.string() }).parse(JSON.parse(again.stdout)).run_id, 'a finished plan answers its run').toBe(runId);
  });
});
