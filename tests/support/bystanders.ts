import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { openEmbeddedDatabase } from '../../server/store/embedded-database.ts';
import { embeddedDatabaseFolder } from '../../server/practice/folder.ts';
import { nameKey } from '../../shared/core/person-name.ts';

/**
 * A checksum over every user whom the sample file does not concern, by everything that is kept of them: record,
 * addresses, Stripe link, sessions. Reads the practice database's own files, so the server must be stopped.
 * Whoever has an address or a name that stands in the file is left out: those the plan may touch.
 */
export async function checksumOfBystanders(serverFolder: string, sampleFile: string): Promise<string> {
  const lines = (await readFile(sampleFile, 'utf8')).trimEnd().split('\n').slice(1);
  const cells = lines.map((line) => line.split(','));
  const emails = cells.map((row) => (row[1] ?? '').trim().toLowerCase());
  const nameKeys = cells.map((row) => nameKey(row[0] ?? ''));
  const database = await openEmbeddedDatabase({ dataDir: embeddedDatabaseFolder(serverFolder) });
  try {
    const { rows } = await database.query<{ line: string }>(
      `select to_jsonb(u)::text
           || coalesce((select jsonb_agg(e order by e.email)::text from user_emails e where e.user_id = u.id), '')
           || coalesce((select jsonb_agg(s)::text from stripe_links s where s.user_id = u.id), '')
           || (select count(*)::text from members m where m.user_id = u.id)
           || (select count(*)::text from events v where v.user_id = u.id) as line
         from users u
        where not exists (select 1 from user_emails e where e.user_id = u.id and e.email = any($1::text[]))
          and not (u.name_key = any($2::text[]))
        order by u.id`,
      [emails, nameKeys],
    );
    if (rows.length < 4000) throw new Error(`only ${String(rows.length)} bystanders were found: the checksum would say nothing`);
    const hash = createHash('sha256');
    for (const row of rows) hash.update(`${row.line}\n`);
    return hash.digest('hex');
  } finally {
    await database.close();
  }
}
