import Database from 'better-sqlite3';

/** How a payload's field is indexed: a damaged payload must not make the database itself fail. */
export function payloadField(name: 'run_id' | 'intent', table = ''): string {
  return `CASE WHEN json_valid(${table}payload) THEN json_extract(${table}payload, '$.${name}') END`;
}

const TABLES = `
CREATE TABLE entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX entries_by_run ON entries (${payloadField('run_id')}, kind, seq);
CREATE INDEX entries_by_kind ON entries (kind, seq);
CREATE INDEX entries_by_intent ON entries (${payloadField('intent')}) WHERE kind = 'outcome';

CREATE TABLE personal (
  seq INTEGER PRIMARY KEY REFERENCES entries (seq),
  scope TEXT NOT NULL,
  nonce BLOB NOT NULL,
  sealed BLOB NOT NULL
);

CREATE TABLE marks (
  seq INTEGER PRIMARY KEY REFERENCES entries (seq),
  key_id TEXT NOT NULL,
  mac TEXT NOT NULL
);
`;

/** What keeps the file append-only, whoever opens it. */
const GUARDS = `
CREATE TRIGGER entries_follow BEFORE INSERT ON entries
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries)
BEGIN SELECT raise(ABORT, 'a journal entry follows the last one'); END;
${['entries', 'personal', 'marks'].map(appendOnly).join('\n')}
`;

function appendOnly(table: string): string {
  return `
CREATE TRIGGER ${table}_kept BEFORE UPDATE ON ${table} BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER ${table}_stay BEFORE DELETE ON ${table} BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER ${table}_once BEFORE INSERT ON ${table} WHEN EXISTS (SELECT 1 FROM ${table} WHERE seq = NEW.seq)
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;`;
}

/** Makes the tables of a new journal. */
export function makeTables(database: Database.Database): void {
  database.exec(TABLES);
  database.exec(GUARDS);
}

/** The names of guards that are missing, changed, or were put there by another hand; none when all is as it was made. */
export function alteredGuards(database: Database.Database): readonly string[] {
  return altered(database, (type) => type === 'trigger');
}

/** The same of tables and indexes: what is read through them may not be all that is there. */
export function alteredTables(database: Database.Database): readonly string[] {
  return altered(database, (type) => type !== 'trigger');
}

/**
 * Puts the guards back as they were made, and takes out others: a trigger of another hand could swallow what is written,
 * and nobody would hear of it. Gives the names of those that were not as they should be.
 */
export function restoreGuards(database: Database.Database): readonly string[] {
  if (alteredGuards(database).length === 0) return [];
  return database
    .transaction(() => {
      // Another process that started at the same moment may have done it.
      const names = alteredGuards(database);
      if (names.length === 0) return names;
      for (const { type, name } of objectsOf(database).values()) if (type === 'trigger') database.exec(`DROP TRIGGER "${name.replaceAll('"', '""')}"`);
      database.exec(GUARDS);
      return names;
    })
    .immediate();
}

type SchemaObject = { readonly type: string; readonly name: string; readonly sql: string | null };

function altered(database: Database.Database, isMeant: (type: string) => boolean): readonly string[] {
  const ours = madeObjects();
  const here = objectsOf(database);
  const names = [...new Set([...ours.keys(), ...here.keys()])].filter((name) => isMeant((ours.get(name) ?? here.get(name))?.type ?? ''));
  return names.filter((name) => ours.get(name)?.sql !== here.get(name)?.sql).toSorted();
}

function objectsOf(database: Database.Database): ReadonlyMap<string, SchemaObject> {
  return new Map(database.prepare<[], SchemaObject>('SELECT type, name, sql FROM sqlite_master').all().map((object) => [object.name, object]));
}

let made: ReadonlyMap<string, SchemaObject> | undefined;

/** As SQLite itself writes them down. */
function madeObjects(): ReadonlyMap<string, SchemaObject> {
  if (made !== undefined) return made;
  const database = new Database(':memory:');
  try {
    makeTables(database);
    made = objectsOf(database);
    return made;
  } finally {
    database.close();
  }
}
