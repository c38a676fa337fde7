import { z } from 'zod';
import { rollbackPreviewSchema, type RollbackPreview } from '../../shared/contract/admin/rollback.ts';
import type { AdminServer, HttpReply } from './admin-server.ts';
import type { Way } from './migration-way.ts';

export type Whom = { readonly all: true } | { readonly emails: readonly string[] };

/** Previews a rollback. @throws when it is refused */
export async function previewRollback(server: AdminServer, way: Way, whom: Whom, token = way.writer): Promise<RollbackPreview> {
  const reply = await server.call('POST', way.path('rollback'), { token, body: { ...whom, preview: true } });
  if (reply.status !== 200) throw new Error(`Preview: ${String(reply.status)} ${reply.text}; ${server.failures.map(String).join('; ')}`);
  return rollbackPreviewSchema.parse(reply.body);
}

/** Asks for a previewed rollback to be run. */
export async function startRollback(server: AdminServer, way: Way, whom: Whom, rollbackHash: string, token = way.writer): Promise<HttpReply> {
  return server.call('POST', way.path('rollback'), { token, body: { ...whom, preview: false, rollback_hash: rollbackHash } });
}

/** Previews, runs and waits; gives the run as it ended and its items by address. */
export async function rollBack(server: AdminServer, way: Way, whom: Whom): Promise<{ readonly run: Record<string, unknown>; readonly runId: string; readonly items: Readonly<Record<string, Record<string, unknown>>> }> {
  const { rollback_hash: rollbackHash } = await previewRollback(server, way, whom);
  const reply = await startRollback(server, way, whom, rollbackHash);
  if (reply.status !== 202) throw new Error(`Rollback: ${String(reply.status)} ${reply.text}; ${server.failures.map(String).join('; ')}`);
  const { run_id: runId } = z.object({ run_id: z.string() }).parse(reply.body);
  const run = await way.settled(runId);
  return { run, runId, items: Object.fromEntries((await way.items(runId)).map((item) => [String(item['email']), item])) };
}
