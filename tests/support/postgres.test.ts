import { existsSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from './postgres.ts';

describe('the PostgreSQL that tests start', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres.stop();
  });

  test('is version 15 or newer, in UTF-8', async () => {
    const client = new pg.Client({ connectionString: postgres.url() });
    await client.connect();
    const version = await client.query<{ server_version_num: string }>('show server_version_num');
    const encoding = await client.query<{ server_encoding: string }>('show server_encoding');
    await client.end();
    expect(Number(version.rows[0]?.server_version_num)).toBeGreaterThanOrEqual(150_000);
    expect(encoding.rows[0]?.server_encoding).toBe('UTF8');
  });

  test('gives every asker a database of its own', async () => {
    const urls = await Promise.all([postgres.createDatabase(), postgres.createDatabase()]);
    expect(new Set(urls).size).toBe(2);
    for (const url of urls) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('create table only_here (id int primary key)');
      await client.end();
    }
  });
});

test('nothing of a stopped PostgreSQL is left behind', async () => {
  const postgres = await startPostgres();
  const client = new pg.Client({ connectionString: postgres.url() });
  await client.connect();
  const folder = (await client.query<{ data_directory: string }>('show data_directory')).rows[0]?.data_directory ?? '';
  await client.end();
  expect(existsSync(folder)).toBe(true);
  await postgres.stop();
  expect(existsSync(folder)).toBe(false);
});
