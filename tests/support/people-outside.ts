import { hash, randomUUID } from 'node:crypto';
import { nameKey } from '../../shared/core/person-name.ts';
import type { TestStore } from './test-store.ts';

/** People whom the migration at hand does not concern. */
export type PeopleOutside = {
  readonly count: number;
  /** Some of their addresses: of somebody nothing is going on with, and of somebody whom another migration has armed. */
  readonly plain: string;
  readonly armedElsewhere: string;
  /** Everything kept of them: equal before and after means that nobody was touched. */
  readonly checksum: () => Promise<string>;
};

/**
 * Fills the database with customers as if they had always been there, every tenth armed by the migration `elsewhere`,
 * each with an address, a Stripe link and an open session. Goes past the triggers, as a restored backup would.
 */
export async function addPeopleOutside(test: TestStore, count: number, elsewhere: string): Promise<PeopleOutside> {
  const runId = randomUUID();
  const cohort = hash('sha256', runId);
  const address = (place: number): string => `outside${String(place)}@outside.example.org`;
  await test.engine.withConnection('login', async (run) => {
    await run('begin');
    await run('set local session_replication_role = replica');
    await run(`insert into cohorts (sha256, record_count) values ($1, $2)`, [cohort, Math.floor(count / 10)]);
    await run(`insert into runs (id, migration_id, kind, state, requested_by) values ($1, $2, 'execution', 'completed', 'somebody')`, [runId, elsewhere]);
    await run(
      `insert into users (id, full_name, name_key, password_hash, must_reset_password, migration_cohort)
       select md5('outside' || n)::uuid, 'Person Outside ' || n, $2 || n, '$argon2id$' || n, n % 10 = 0, case when n % 10 = 0 then 'elsewhere-csv' end from generate_series(1, $1::int) n`,
      [count, `${nameKey('Person Outside 1').slice(0, -1)}`],
    );
    await run(`insert into user_emails (email, user_id, kind) select 'outside' || n || '@outside.example.org', md5('outside' || n)::uuid, 'primary' from generate_series(1, $1::int) n`, [count]);
    await run(`insert into stripe_links (stripe_customer_id, user_id) select 'cus_outside' || n, md5('outside' || n)::uuid from generate_series(1, $1::int) n`, [count]);
    await run(
      `insert into cohort_members (cohort, row_no, key, record)
       select $2, n / 10, 'outside' || n || '@outside.example.org', jsonb_build_object('email', 'outside' || n || '@outside.example.org') from generate_series(10, $1::int, 10) n`,
      [count, cohort],
    );
    await run(
      `insert into members (migration_id, user_id, cohort, key, state, armed_by_run)
       select $2, md5('outside' || n)::uuid, $3, 'outside' || n || '@outside.example.org', 'armed', $4 from generate_series(10, $1::int, 10) n`,
      [count, elsewhere, cohort, runId],
    );
    await run(
      `insert into sessions (id, token_hash, user_id, kind, expires_at)
       select md5('session' || n)::uuid, encode(sha256(('outside' || n)::bytea), 'hex'), md5('outside' || n)::uuid, 'full', now() + interval '30 days' from generate_series(1, $1::int) n`,
      [count],
    );
    await run('commit');
    await run('analyze');
  });
  return {
    count,
    plain: address(7),
    armedElsewhere: address(20),
    async checksum() {
      const outside = `(select id from users where full_name like 'Person Outside %')`;
      const parts = ['user_emails', 'stripe_links', 'members', 'sessions', 'events', 'snapshots'].map((table) => `(select ${oneHash} from ${table} t where t.user_id in ${outside})`);
      const [row] = await test.asLogin(`select (select count(*)::int from users where id in ${outside}) as people, (select ${oneHash} from users t where t.id in ${outside}) || concat_ws('|', ${parts.join(', ')}) as hash`);
      if (row?.['people'] !== count) throw new Error(`${String(row?.['people'])} of ${String(count)} people outside were found`);
      return String(row['hash']);
    },
  };
}

const oneHash = `md5(coalesce(string_agg(md5(to_jsonb(t)::text), '' order by to_jsonb(t)::text), ''))`;
