import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser URL of the PostgreSQL that all files of the `postgres` project share; each test store makes a database of its own. */
    readonly postgresUrl: string;
  }
}

/** Starts one PostgreSQL before the `postgres` project and ends it after the last file. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres({ maxConnections: 300 });
  project.provide('postgresUrl', postgres.url());
  return () => postgres.stop();
}
