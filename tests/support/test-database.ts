import { hash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directory } from '../../server/directory/directory.ts';
import { migrations } from '../../server/migrations/migrations.ts';
import { rolesSql } from '../../server/migrations/roles.ts';
import { makeTemplate } from '../../server/practice/template.ts';
import type { StoreLocation } from '../../server/store/open-store.ts';
import { createDatabaseOn } from './postgres.ts';

/** A new database with nothing in it: in vitest's project `postgres` one there, else an embedded one. */
export async function newTestDatabase(): Promise<StoreLocation> {
  const postgres = process.env['DRYDOCK_TEST_POSTGRES_URL'];
  return postgres === undefined ? { kind: 'pglite', template: await emptyTemplate() } : { kind: 'postgres', url: await createDatabaseOn(postgres) };
}

/**
 * The embedded database with its schema, made once for all test files: making one takes seconds, unpacking it does not.
 * Named by everything that goes into it, so that another schema never meets an old file.
 */
async function emptyTemplate(): Promise<Blob> {
  const name = hash('sha256', JSON.stringify([rolesSql, migrations, directory.steps])).slice(0, 32);
  const file = join(tmpdir(), `drydock-test-template-${name}.tar.gz`);
  if (existsSync(file)) return new Blob([readFileSync(file)]);
  const template = await makeTemplate('empty');
  // Two files may make it at the same moment; each writes its own and the last one stays.
  const unfinished = `${file}.${String(process.pid)}`;
  writeFileSync(unfinished, Buffer.from(await template.arrayBuffer()));
  renameSync(unfinished, file);
  return template;
}
