import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { preparedServerToken } from './prepared-server.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

/** A server process, and how its connections are called in `pg_stat_activity`. */
export type NamedServer = ServerProcess & { readonly name: string };

/** Somebody who holds a customer, so that a batch which comes to them waits in its middle. */
export type Holder = { readonly pid: number; readonly letGo: () => Promise<void> };

/** Server processes on one PostgreSQL, and how the one at work is killed. */
export type ServerGroup = {
  readonly start: (name: string, settings: Readonly<Record<string, string>>) => Promise<NamedServer>;
  /**
   * Waits until a batch waits for one of the holders, kills the process whose batch that is with -9, and has that holder let go.
   * Gives the name of the process, and the holders that are left.
   */
  readonly killAtWork: (holders: readonly Holder[]) => Promise<{ readonly killed: string; readonly left: readonly Holder[] }>;
  readonly close: () => Promise<void>;
};

export async function openServerGroup(adminUrl: string): Promise<ServerGroup> {
  const processes: NamedServer[] = [];
  const killed = new Set<NamedServer>();
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  return {
    async start(name, settings) {
      const server = { ...(await startServerProcess({ ...settings, PGAPPNAME: name })), name };
      processes.push(server);
      return server;
    },
    async killAtWork(holders) {
      for (;;) {
        const { rows } = await admin.query<{ name: string; pid: number }>(
          'select a.application_name as name, b.pid from pg_stat_activity a, unnest(pg_blocking_pids(a.pid)) as b (pid) where b.pid = any ($1::int[])', [holders.map(({ pid }) => pid)]);
        // A transaction outlives its process until the database notices.
        const waiting = rows.find(({ name }) => processes.some((server) => server.name === name && !killed.has(server)));
        const server = processes.find(({ name }) => name === waiting?.name);
        const holder = holders.find(({ pid }) => pid === waiting?.pid);
        if (server !== undefined && holder !== undefined) {
          killed.add(server);
          await server.stop('SIGKILL');
          await holder.letGo();
          return { killed: server.name, left: holders.filter((other) => other !== holder) };
        }
        await wait(10);
      }
    },
    async close() {
      for (const server of processes) await server.stop('SIGKILL');
      await admin.end();
    },
  };
}

/** Holds a customer by their address, as somebody who changes them would. */
export async function holdCustomer(databaseUrl: string, email: string): Promise<Holder> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query('select u.id from users u join user_emails e on e.user_id = u.id where e.email = $1 for update of u', [email]);
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return { pid: rows[0]?.pid ?? 0, letGo: async () => client.end() };
}

/** A call of a writer. @throws with the answer when it is refused */
export async function callServer(server: Pick<NamedServer, 'url'>, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const token = await preparedServerToken('wendy', ['migration:write']);
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const reply: unknown = await response.json();
  if (response.status >= 300) throw new Error(JSON.stringify(reply));
  return { ...(typeof reply === 'object' ? reply : {}) };
}

/** Reads a run's items to their end, which waits for the end of the run. */
export async function readToTheEnd(server: Pick<NamedServer, 'url'>, runId: string): Promise<void> {
  for (let after = 0, isOver = false; !isOver; ) {
    const page = await callServer(server, 'GET', `/admin/runs/${runId}/items?wait=10&limit=1000&after=${String(after)}`);
    isOver = page['next_cursor'] === null;
    if (!isOver) after = Number(page['next_cursor']);
  }
}
