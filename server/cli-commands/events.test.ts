import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileTestEvents, type FiledEvent } from '../../tests/support/outbox-events.ts';
import { openTestStore } from '../../tests/support/test-store.ts';
import { declareEnvironment } from '../config/declare.ts';
import { readServerConfig } from '../config/server-config.ts';
import { runServerProgram } from '../program.ts';
import { processContext } from './command-context.ts';

const migration = '2025-08-09';

describe('drydock-server events', () => {
  let folder = '';
  let filed: readonly FiledEvent[] = [];
  let env: Record<string, string> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'drydock-events-'));
    env = {
      DRYDOCK_CONFIG: JSON.stringify({
        environment: { id: 'acme-staging', name: 'Acme staging', kind: 'staging' },
        migrations: [{ id: migration, playbook: 'account-prep', title: 'Downgraded subscribers', flag: 'migration.csv_2025_08_09_enabled', settings: { cohort_tag: '2025-08-09-csv' } }],
      }),
      DRYDOCK_DATA: folder,
      DRYDOCK_JWT_SECRET: 'j'.repeat(32),
      DRYDOCK_SECRET_KEY: 's'.repeat(32),
    };
    const test = await openTestStore({ kind: 'pglite', folder: join(folder, 'database') });
    await test.store.inAdminTx(async (tx) => declareEnvironment(tx, readServerConfig({ env, readFile: () => '' })));
    filed = await fileTestEvents(test, migration, 'a', 3);
    await test.asLogin(`update outbox set state = 'dead', attempts = 3, last_error = 'rejected_422', failed_at = now()`);
    await test.store.close();
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  async function run(...args: readonly string[]): Promise<string> {
    const printed: string[] = [];
    const notes: string[] = [];
    const exitCode = await runServerProgram(['events', ...args], { ...processContext(), settings: { env, readFile: () => '' }, print: (text) => void printed.push(text), note: (text) => void notes.push(text) });
    expect(exitCode, notes.join()).toBe(0);
    return printed.join('\n');
  }
  const refused = async (...args: readonly string[]) => runServerProgram(['events', ...args], { ...processContext(), settings: { env, readFile: () => '' }, note: () => undefined });

  it('lists dead letters for people and as JSON, replays some, then all, and refuses to guess which', async () => {
    const listed = await run('list', migration);
    expect(listed).toMatch(/^No destination is configured/);
    expect(listed).toMatch(/3 dead letters$/);
    for (const event of filed) expect(listed).toContain(`${event.eventId}  ${event.email}`);
    expect(JSON.parse(await run('list', migration, '--json'))).toMatchObject({ items: [{ reason: { code: 'rejected_422' } }, {}, {}], delivery: { state: 'not_configured' } });

    const [first] = filed;
    expect(JSON.parse(await run('replay', migration, '--event', String(first?.eventId), 'unheard-of', '--json'))).toEqual({ replayed: 1, not_dead: ['unheard-of'] });
    expect(await run('replay', migration, '--all')).toBe(`2 of ${migration} will be sent again.`);
    expect(await run('list', migration)).toMatch(/0 dead letters$/);
    expect(await refused('replay', migration)).toBe(64);
    expect(await refused('list', 'unheard-of')).toBe(64);

    const test = await openTestStore({ kind: 'pglite', folder: join(folder, 'database') });
    const entered = await test.asLogin(`select route, migration_id, detail, sub ~ '^drydock-server:.' as says_who from audit_log where method = 'COMMAND' order by id`);
    await test.store.close();
    expect(entered).toEqual([1, 2].map((replayed) => ({ route: 'events replay', migration_id: migration, detail: { replayed }, says_who: true })));
  });
});
