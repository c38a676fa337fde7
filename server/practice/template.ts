import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createPasswordHashing } from '../auth/password-hashing.ts';
import { jsonText } from '../store/json-text.ts';
import { migrateDatabase } from '../migrations/schema.ts';
import { openEmbeddedDatabase } from '../store/embedded-database.ts';
import type { Script } from '../store/engine.ts';
import { practiceConfig } from './environment.ts';
import { practiceOwnPassword, practicePeople } from './people.ts';
import { seedPeople } from './seed-people.ts';
import { seedStory } from './seed-story.ts';

/** A fresh database takes seconds to make and a fraction of one to unpack, so the build makes both kinds once. */
export type TemplateKind = 'empty' | 'practice';

/** Makes a template: the schema alone, or the schema with the made-up people and what an earlier run left. */
export async function makeTemplate(kind: TemplateKind): Promise<Blob> {
  const database = await openEmbeddedDatabase();
  const run: Script = async (text, values) => {
    if (values !== undefined && values.length > 0) return (await database.query<Record<string, unknown>>(text, [...values])).rows;
    return (await database.exec(text)).flatMap((result) => result.rows as Record<string, unknown>[]);
  };
  try {
    await migrateDatabase(run);
    if (kind === 'practice') {
      await declarePractice(run);
      await seedPractice(run);
    }
    return await database.dumpDataDir('gzip');
  } finally {
    await database.close();
  }
}

async function declarePractice(run: Script): Promise<void> {
  for (const migration of practiceConfig.migrations) {
    await run('insert into feature_flags (name) values ($1)', [migration.flag]);
    await run('insert into migrations (id, playbook, title, flag, cohort_tag, settings) values ($1, $2, $3, $4, $5, $6::jsonb)', [
      migration.id,
      migration.playbook,
      migration.title,
      migration.flag,
      migration.settings.cohort_tag,
      jsonText(migration.settings),
    ]);
  }
}

async function seedPractice(run: Script): Promise<void> {
  // One hash for all: five thousand would take a minute, and it protects nothing on a loopback practice server.
  const passwordHash = await createPasswordHashing().hash(practiceOwnPassword);
  await seedPeople(run, practicePeople().map((person) => ({ ...person, passwordHash })));
  await seedStory(run);
}

/**
 * Unpacks a template into a database folder that is not there yet, and lets `fill` work on it before it gets its name.
 * A process killed half-way leaves only a folder of another name, which the next start throws away.
 */
export async function unpackTemplate(template: Blob, databaseFolder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const unfinished = `${databaseFolder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(databaseFolder), { recursive: true, mode: 0o700 });
  const database = await openEmbeddedDatabase({ dataDir: unfinished, loadDataDir: template });
  await database.close();
  await fill(unfinished);
  renameSync(unfinished, databaseFolder);
}

/** The template at that place in the build; made now where there is no build, which takes some seconds. */
export async function readTemplate(kind: TemplateKind, builtFile: string): Promise<Blob> {
  // Read whole, not opened as a file-backed blob: inside a packaged app the file lies in an archive.
  return existsSync(builtFile) ? new Blob([readFileSync(builtFile)]) : makeTemplate(kind);
}

/** Writes a template for the build. */
export async function writeTemplate(kind: TemplateKind, file: string): Promise<void> {
  const template = await makeTemplate(kind);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Buffer.from(await template.arrayBuffer()));
}
