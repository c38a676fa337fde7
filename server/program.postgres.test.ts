import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminServer, startAdminServer, TEST_ENVIRONMENT } from '../tests/support/admin-server.ts';
import { COMMAND_MIGRATION, commandContextOn } from '../tests/support/command-context-on.ts';
import { wayOf } from '../tests/support/migration-way.ts';
import { newTestDatabase } from '../tests/support/test-database.ts';
import { executeThreePeople, settleThreePeople } from '../tests/support/three-people.ts';
import type { CommandContext } from './cli-commands/command-context.ts';
import { Interrupted } from './cli-commands/interrupted.ts';
import { runServerProgram } from './program.ts';

const FLAG = 'migration.csv_2025_08_09_enabled';

let server: AdminServer;
let world: ReturnType<typeof commandContextOn>;
/** A migration that has written three people. */
let written: { readonly id: string; readonly ann: string; readonly bob: string; readonly cat: string };
beforeAll(async () => {
  const location = await newTestDatabase();
  server = await startAdminServer({ location });
  const migration = await server.newMigration();
  const people = await settleThreePeople(migration);
  await executeThreePeople(await wayOf(server, migration), people);
  written = { id: migration.id, ann: people.ann, bob: people.bob, cat: people.cat };
  world = commandContextOn(location, TEST_ENVIRONMENT);
});
afterAll(async () => server.close());

/** A command line and its end; nobody sits there to be asked unless `ask` says so. */
async function run(args: readonly string[], ask: CommandContext['ask'] = async () => null): Promise<{ readonly exitCode: number; readonly printed: readonly string[]; readonly notes: readonly string[] }> {
  const printed: string[] = [];
  const notes: string[] = [];
  const exitCode = await runServerProgram(args, { ...world.context, print: (text) => void printed.push(text), note: (text) => void notes.push(text), ask });
  return { exitCode, printed, notes };
}

async function json(args: readonly string[], ask?: CommandContext['ask']): Promise<readonly [number, unknown]> {
  const { exitCode, printed, notes } = await run([...args, '--json'], ask);
  expect([printed.length, notes]).toEqual([1, []]);
  return [exitCode, JSON.parse(printed[0] ?? '')];
}

const time = expect.stringMatching(/^\d{4}-.*Z$/) as unknown;
const text = expect.any(String) as unknown;

describe('drydock-server with --json', () => {
  it.each([
    [['migrate'], { schema: 'up_to_date' }],
    [['flag', 'on', FLAG], { name: FLAG, enabled: true }],
    [['flag', 'list'], { items: expect.arrayContaining([expect.objectContaining({ name: FLAG, enabled: true, changed_at: time })]) as unknown }],
    [['token', '--sub', 'ann', '--scope', 'migration:read', '--ttl', '1h'], { token: expect.stringMatching(/^\S+\.\S+\.\S+$/) as unknown, sub: 'ann', scopes: ['migration:read'], jti: text, ttl_seconds: 3600 }],
    [['token', 'revoke', '--sub', 'ann'], { sub: 'ann', issued_before: time }],
    [['temp-password', 'status', COMMAND_MIGRATION], { migration: COMMAND_MIGRATION, items: [] }],
    [['temp-password', 'set', COMMAND_MIGRATION, '--ttl', '14d'], { migration: COMMAND_MIGRATION, expires_at: time }],
    [['temp-password', 'expire', COMMAND_MIGRATION, '--ttl', '2h'], { migration: COMMAND_MIGRATION, changed: true, expires_at: time }],
    [['temp-password', 'expire', COMMAND_MIGRATION], { migration: COMMAND_MIGRATION, changed: true, expires_at: time }],
    [['temp-password', 'resume', COMMAND_MIGRATION], { migration: COMMAND_MIGRATION, changed: false }],
    [['temp-password', 'status', COMMAND_MIGRATION], { migration: COMMAND_MIGRATION, items: [{ credential_id: text, state: 'expired', created_at: time, created_by: 'drydock-server', expires_at: time, revoked_at: null, suspended: null }] }],
    [['temp-password', 'revoke', COMMAND_MIGRATION], { migration: COMMAND_MIGRATION, changed: true }],
    [['events', 'list', COMMAND_MIGRATION], { items: [], delivery: expect.anything() as unknown }],
    [['events', 'replay', COMMAND_MIGRATION, '--all'], { replayed: 0, not_dead: [] }],
    [['audit', '--limit', '1'], { items: [expect.objectContaining({ route: 'events replay' })] }],
    [['rollback', COMMAND_MIGRATION, '--all'], expect.objectContaining({ rollback_hash: text, approval_needed: false, items: [], next_cursor: null })],
    [['rollback', COMMAND_MIGRATION, '--all', '--yes'], expect.objectContaining({ run_id: text, state: 'completed', rollback_hash: text })],
    [['flag', 'off', FLAG], { name: FLAG, enabled: false }],
    [['purge', COMMAND_MIGRATION, '--yes'], { migration: COMMAND_MIGRATION, purged: expect.any(Object) as unknown }],
  ] as const)('prints one document alone: %j', async (args, document) => {
    expect(await json(args)).toEqual([0, document]);
  });

  it.each([
    [['flag', 'on', 'migration.unheard_of'], 64, 'usage'],
    [['flag', 'on', FLAG], 64, 'usage'],
    [['temp-password', 'set', 'unheard-of'], 64, 'usage'],
    [['temp-password', 'expire', COMMAND_MIGRATION, '--ttl', 'soon'], 64, 'usage'],
    [['events', 'list', 'unheard-of'], 64, 'usage'],
    [['purge', COMMAND_MIGRATION], 64, 'usage'],
    [['rollback', COMMAND_MIGRATION, '--all'], 3, 'migration_purged'],
  ] as const)('prints what went wrong as one document: %j', async (args, exitCode, code) => {
    expect(await json(args)).toEqual([exitCode, { error: { code, title: text, detail: text, request_id: null } }]);
  });
});

describe('drydock-server rollback', () => {
  const all = () => ['rollback', written.id, '--all'];
  const people = async () => server.test.asLogin('select key, state from members where migration_id = $1 order by key', [written.id]);

  it('ends with 3 on a no and with 130 where the question is left, and has put nobody back', async () => {
    const before = await people();
    const declined = await run(all(), async () => 'n');
    expect([declined.exitCode, declined.notes]).toEqual([3, ['Nothing was put back.']]);
    let asked = '';
    const answer = await json(all(), async (question) => {
      asked = question;
      return 'no';
    });
    expect(answer).toMatchObject([3, { error: { code: 'not_confirmed' } }]);
    expect(asked, 'whoever is asked reads the preview').toMatch(/3 to put back[^]*Put 3 people back\? \[y\/N\] $/);
    for (const args of [all(), ['purge', COMMAND_MIGRATION]]) expect(await json(args, async () => Promise.reject(new Interrupted('Nothing was begun.')))).toMatchObject([130, { error: { code: 'interrupted' } }]);
    expect(await people()).toEqual(before);
  });

  it('ends with 2 where somebody was kept or a row has failed, as drydock does', async () => {
    const [ann] = await server.test.asLogin('select user_id from user_emails where email = $1', [written.ann]);
    await server.test.asLogin(`alter table users add constraint refused check (must_reset_password or id <> '${String(ann?.['user_id'])}') not valid`);
    expect(await json(['rollback', written.id, '--user', written.ann, '--yes'])).toMatchObject([2, { state: 'completed_with_failures', counts: { failed: 1 } }]);
    await server.test.asLogin('alter table users drop constraint refused');

    await server.test.asLogin(`update stripe_links set stripe_customer_id = 'cus_Other' where user_id = (select user_id from user_emails where email = $1)`, [written.bob]);
    expect(await json(all()), 'nobody is there to ask: a preview').toMatchObject([2, { counts: { kept_changed_since: 1, reverted: 2 } }]);
    const kept = await run([...all(), '--yes']);
    expect([kept.exitCode, kept.printed.at(-1)]).toMatchObject([2, expect.stringMatching(/: completed\. 2 put back, 1 kept because they have changed since/)]);
  });
});
