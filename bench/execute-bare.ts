import pg from 'pg';

/** What a run writes for a person, as SQL over rows `b` of the table that the world laid ready. */
const facts = (mustReset: string, tag: string, stripe: string, emails: string, arming: string): string => `jsonb_build_object(
  'must_reset_password', ${mustReset}, 'migration_cohort', ${tag}, 'migration_source_file', ${tag}, 'password_last_set_at', null, 'password_set_method', null,
  'stripe_customer_id', ${stripe}, 'emails', ${emails}, 'arming', ${arming})`;
const ownEmail = `case when b.by_name then jsonb_build_array('other.' || b.key) else jsonb_build_array(b.key) end`;
const before = `case when b.is_new then '{}'::jsonb else ${facts('false', 'null', 'null', ownEmail, 'null')} end`;
const after = facts('true', `'t'`, 'b.stripe', 'jsonb_build_array(b.key)', `jsonb_build_object('state', 'armed', 'armed_by_run', $1::uuid, 'prepared_at', now())`);
const shown = (mustReset: string, tag: string, stripe: string): string => `jsonb_build_object('auth.must_reset_password', ${mustReset}, 'stripe_customer_id', ${stripe},
  'migration.cohort', ${tag}, 'migration.source_file', ${tag}, 'emails', jsonb_build_array(b.key))`;

function statements(rows: string): readonly string[] {
  return [
    `select id from users u where id in (select b.user_id from ${rows} where not b.is_new) order by id for update`,
    `insert into users (id, full_name, name_key, must_reset_password, migration_cohort, migration_source_file, created_by_run, created_for)
      select b.user_id, b.full_name, b.name_key, true, 't', 't', $1::uuid, b.key from ${rows} where b.is_new`,
    `insert into user_emails (email, user_id, kind, added_by_run)
      select b.key, b.user_id, case when b.is_new then 'primary' else 'added' end, case when b.is_new then null else $1::uuid end from ${rows} where b.is_new or b.by_name`,
    `update users u set must_reset_password = true, migration_cohort = 't', migration_source_file = 't' from ${rows} where u.id = b.user_id and not b.is_new`,
    `insert into stripe_links (stripe_customer_id, user_id) select b.stripe, b.user_id from ${rows}`,
    `insert into members (migration_id, user_id, cohort, key, state, armed_by_run) select $2, b.user_id, $3, b.key, 'armed', $1::uuid from ${rows}`,
    `insert into snapshots (run_id, user_id, migration_id, cohort, key, existed, prior, left_as)
      select $1::uuid, b.user_id, $2, $3, b.key, not b.is_new, ${before}, ${after} from ${rows}`,
    `insert into run_items (run_id, seq, row_no, cohort, key, user_id, outcome, item)
      select $1::uuid, b.row_no, b.row_no, $3, b.key, b.user_id, 'applied', jsonb_build_object('seq', b.row_no, 'row', b.row_no, 'email', b.key, 'user_id', b.user_id,
        'before', ${shown('false', 'null', 'null')}, 'after', ${shown('true', `'t'`, 'b.stripe')}, 'at', now(), 'outcome', 'applied') from ${rows}`,
  ];
}

/** A database of the prepared world without triggers of our own: constraints, foreign keys and indexes stay. */
async function onBareDatabase<T>(url: string, work: (client: pg.Client, values: readonly string[]) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const { name, table } of (
      await client.query<{ name: string; table: string }>(`select tgname as name, tgrelid::regclass::text as table from pg_trigger where not tgisinternal and tgname like '%guard'`)
    ).rows) await client.query(`drop trigger ${name} on ${table}`);
    const run = await client.query<{ id: string; migration_id: string; cohort: string }>(`insert into runs (id, migration_id, kind, state, cohort, requested_by)
      select gen_random_uuid(), migration_id, 'execution', 'completed', cohort, 'bare' from plans limit 1 returning id, migration_id, cohort`);
    const [row] = run.rows;
    if (row === undefined) throw new Error('There is no plan to execute.');
    // What the test run wrote is not there to be written again.
    await client.query('delete from bare_rows b using members m where m.key = b.key');
    await client.query('analyze bare_rows');
    return await work(client, [row.id, row.migration_id, row.cohort]);
  } finally {
    await client.end();
  }
}

/** The same writes as one script: a transaction of a few statements over all rows. Gives milliseconds. */
export async function bareScript(url: string): Promise<number> {
  return onBareDatabase(url, async (client, values) => {
    const startedAt = performance.now();
    await client.query('begin');
    for (const text of statements('bare_rows b')) await client.query(renumbered(text, values));
    await client.query('commit');
    return performance.now() - startedAt;
  });
}

/** The same writes in one transaction a row, over `rows` of them. Gives milliseconds. */
export async function rowByRow(url: string, rows: number): Promise<number> {
  return onBareDatabase(url, async (client, values) => {
    await client.query('create unique index on bare_rows (row_no)');
    const places = (await client.query<{ row_no: number }>('select row_no::int from bare_rows order by row_no limit $1', [rows])).rows;
    const texts = statements('(select * from bare_rows where row_no = $4::bigint) b');
    const startedAt = performance.now();
    for (const { row_no: place } of places) {
      await client.query('begin');
      for (const [index, text] of texts.entries()) {
        await client.query({ name: `row-${index}`, ...renumbered(text, [...values, String(place)]) });
      }
      await client.query('commit');
    }
    return performance.now() - startedAt;
  });
}

/** A statement takes only the values that it names. */
function renumbered(text: string, values: readonly string[]): { text: string; values: string[] } {
  const used = [...new Set([...text.matchAll(/\$(\d)/g)].map(([, number]) => Number(number)))].toSorted((one, other) => one - other);
  return { text: text.replaceAll(/\$(\d)/g, (_whole, number: string) => `$${used.indexOf(Number(number)) + 1}`), values: used.map((number) => values[number - 1] ?? '') };
}
