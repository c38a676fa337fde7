import { hash } from 'node:crypto';
import { z } from 'zod';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { planRowSchema } from '../../shared/core/plan-row.ts';
import { TEMPORARY_PASSWORD, type AdminServer, type HttpReply, type TestMigration } from './admin-server.ts';

/** One record of a request. */
export type InlineRecord = { readonly email: string; readonly full_name: string; readonly stripe_customer_id: string; readonly signup_date?: string };

const dryRunReply = z.object({ run_id: z.string(), plan_hash: z.string(), cohort: z.string(), rows: z.array(planRowSchema) });
const testRunReply = z.object({ run_id: z.string(), validation_keys: z.record(z.string(), z.string()) });

/** The steps of a migration's way through the API, taken as the people of this way take them. */
export type Way = {
  readonly writer: string;
  readonly approver: string;
  readonly reader: string;
  readonly path: (rest: string) => string;
  readonly plan: (records: readonly InlineRecord[], more?: Record<string, unknown>) => Promise<{ readonly planHash: string; readonly cohort: string; readonly runId: string; readonly rows: readonly PlanRow[] }>;
  /** Runs the test rows; validates them by signing in and puts them back, unless told not to. */
  readonly tryOut: (planHash: string, emails: readonly string[], until?: 'run' | 'validated' | 'restored') => Promise<{ readonly runId: string; readonly keys: Readonly<Record<string, string>> }>;
  readonly approve: (planHash: string) => Promise<HttpReply>;
  readonly execute: (planHash: string, more?: Record<string, unknown>) => Promise<HttpReply>;
  /** Resolves when the run has ended or stands still. */
  readonly settled: (runId: string) => Promise<Record<string, unknown>>;
  readonly items: (runId: string) => Promise<Record<string, unknown>[]>;
};

export async function wayOf(server: AdminServer, migration: TestMigration): Promise<Way> {
  const writer = await server.token('wendy', ['migration:write']);
  const approver = await server.token('abel', ['migration:approve']);
  const reader = await server.token('rita', ['migration:read']);
  const path = (rest: string): string => `/admin/migration/${migration.id}/${rest}`;
  const itemsSchema = z.object({ items: z.array(z.record(z.string(), z.unknown())), state: z.string(), next_cursor: z.string().nullable() });

  async function expectStatus(reply: HttpReply, status: number): Promise<HttpReply> {
    if (reply.status !== status) throw new Error(`Expected ${String(status)}, got ${String(reply.status)}: ${reply.text}; ${server.failures.map(String).join('; ')}`);
    return reply;
  }

  return {
    writer,
    approver,
    reader,
    path,
    async plan(records, more = {}) {
      const body = { source_file: 'cohort.csv', source_sha256: hash('sha256', JSON.stringify(records)), records, ...more };
      const reply = await expectStatus(await server.call('POST', path('dry-run'), { token: writer, body }), 200);
      const { run_id: runId, plan_hash: planHash, cohort, rows } = dryRunReply.parse(reply.body);
      return { runId, planHash, cohort, rows };
    },
    async tryOut(planHash, emails, until = 'restored') {
      const body = { plan_hash: planHash, emails, acknowledged: emails };
      const reply = await expectStatus(await server.call('POST', path('test-run'), { token: writer, body }), 200);
      const { run_id: runId, validation_keys: keys } = testRunReply.parse(reply.body);
      if (until === 'run') return { runId, keys };
      for (const [email, key] of Object.entries(keys)) await validate(server, email, key);
      if (until === 'restored') await expectStatus(await server.call('POST', path(`test-run/${runId}/rearm`), { token: writer, body: {} }), 200);
      return { runId, keys };
    },
    approve: async (planHash) => server.call('POST', path('approvals'), { token: approver, body: { plan_hash: planHash, decision: 'approve', comment: 'looked at it' } }),
    execute: async (planHash, more = {}) => server.call('POST', path('execute'), { token: writer, body: { plan_hash: planHash, ...more } }),
    async settled(runId) {
      let after = '0';
      for (;;) {
        const reply = await expectStatus(await server.call('GET', `/admin/runs/${runId}/items?wait=20&limit=1000&after=${after}`, { token: writer }), 200);
        const { state, next_cursor: next } = itemsSchema.parse(reply.body);
        if (next === null || state === 'paused' || state === 'halted') return (await server.call('GET', `/admin/runs/${runId}`, { token: writer })).body;
        after = next;
      }
    },
    async items(runId) {
      const reply = await expectStatus(await server.call('GET', `/admin/runs/${runId}/items?limit=1000`, { token: writer }), 200);
      return itemsSchema.parse(reply.body).items;
    },
  };
}

async function validate(server: AdminServer, email: string, key: string): Promise<void> {
  const login = await server.call('POST', '/auth/login', { body: { email, password: TEMPORARY_PASSWORD, validation_key: key } });
  const held = await server.call('GET', '/me', { token: String(login.body['session_token']) });
  const reset = await server.call('POST', '/auth/password', { token: String(login.body['session_token']), body: { new_password: `validated by ${key.slice(0, 12)}` } });
  if (login.status !== 200 || held.status !== 403 || reset.status !== 200) throw new Error(`Validation: ${login.text} ${held.text} ${reset.text}`);
}
