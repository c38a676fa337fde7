import pg from 'pg';
import type { TestPostgres } from '../tests/support/postgres.ts';

/** Each run begins with the same database: a copy of the prepared one, which goes afterwards. */
export async function onClone<T>(postgres: TestPostgres, preparedUrl: string, work: (url: string) => Promise<T>): Promise<T> {
  const source = new URL(preparedUrl).pathname.slice(1);
  const admin = new pg.Client({ connectionString: postgres.url() });
  await admin.connect();
  try {
    await admin.query(`create database bench_run template ${source}`);
    await admin.query('checkpoint');
    try {
      return await work(postgres.url('bench_run'));
    } finally {
      await admin.query('drop database bench_run with (force)');
    }
  } finally {
    await admin.end();
  }
}
