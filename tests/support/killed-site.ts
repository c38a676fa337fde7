import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { type MovingProxy, startMovingProxy } from './moving-proxy.ts';
import { type Mutant, type OperatorProcess, startOperator } from './operator-process.ts';
import { startPostgres } from './postgres.ts';
import { type PreparedPlan, preparePlan } from './prepared-plan.ts';
import { preparedServerSettings, preparedServerToken } from './prepared-server.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

/** A server behind one address, and an operator with a home of its own who knows that address. */
export type Site = {
  readonly proxy: MovingProxy;
  /** In its own home, or another one. */
  readonly operator: (args: readonly string[], mutants?: readonly Mutant[], home?: string) => OperatorProcess;
  readonly startServer: () => Promise<ServerProcess>;
  readonly database: string;
  readonly home: string;
  readonly token: string;
};

/** A PostgreSQL with a plan that is ready to be executed, copied for each site. */
export type KilledSites = {
  readonly world: PreparedPlan;
  /** The prepared database once more, for one run. */
  readonly onCopy: <T>(work: (url: string) => Promise<T>) => Promise<T>;
  readonly onSite: <T>(work: (site: Site) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

export async function startKilledSites(rows: number): Promise<KilledSites> {
  const postgres = await startPostgres();
  const admin = new pg.Client({ connectionString: postgres.url() });
  await admin.connect();
  const world = await preparePlan(await postgres.createDatabase(), rows);

  async function onCopy<T>(work: (url: string) => Promise<T>): Promise<T> {
    const name = `copy_${randomUUID().replaceAll('-', '')}`;
    await admin.query(`create database ${name} template ${new URL(world.url).pathname.slice(1)}`);
    try {
      return await work(postgres.url(name));
    } finally {
      await admin.query(`drop database ${name} with (force)`);
    }
  }

  async function onSite<T>(work: (site: Site) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'drydock-killed-'));
    const proxy = await startMovingProxy();
    const servers: ServerProcess[] = [];
    try {
      return await onCopy(async (database) => {
        await onDatabase(database, async (client) => client.query('update feature_flags set enabled = true'));
        const token = await preparedServerToken('wendy', ['migration:write']);
        const site: Site = {
          proxy,
          database,
          home: join(folder, 'home'),
          token,
          operator: (args, mutants = [], home = join(folder, 'home')) => startOperator(args, { DRYDOCK_HOME: home, DRYDOCK_TOKEN: token }, mutants),
          async startServer() {
            const server = await startServerProcess(preparedServerSettings({ ...world, url: database }));
            servers.push(server);
            proxy.pointTo(server.url);
            await onDatabase(database, async (client) => client.query('update feature_flags set enabled = true'));
            return server;
          },
        };
        try {
          return await work(site);
        } finally {
          for (const server of servers) await server.stop('SIGKILL');
        }
      });
    } finally {
      await proxy.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  return {
    world,
    onCopy,
    onSite,
    async close() {
      await admin.end();
      await postgres.stop();
    },
  };
}

export async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What a command printed. @throws with all of it when it did not succeed */
export async function done(operator: OperatorProcess): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await operator.ended;
  if (exitCode !== 0 && exitCode !== 2) throw new Error(`the operator ended with ${String(exitCode)}:\n${stdout}${stderr}`);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout));
}

/** Whether the database knows an execution that has come to its end. */
export async function hasEnded(database: string): Promise<boolean> {
  const { rows } = await onDatabase(database, async (client) => client.query<{ state: string }>(`select state from runs where kind = 'execution'`));
  return rows.some(({ state }) => state === 'completed' || state === 'completed_with_failures');
}
