import { type RawBuilder, sql } from 'kysely';
import { nameKey } from '../../shared/core/person-name.ts';
import { jsonText } from '../store/json-text.ts';
import type { PreparedBy, SeedPerson, UserDirectory } from './user-directory.ts';

/** The tables that Drydock brings itself: `users`, `user_emails`, `stripe_links`. Its own steps make and guard them. */
export const referenceDirectory: UserDirectory = {
  name: 'reference',
  steps: [],
  customers: 'users',
  addresses: 'user_emails',
  stripeLinks: 'stripe_links',
  customersTable: 'public.users',
  takenBy: { user_emails_pkey: 'email_taken', stripe_links_pkey: 'stripe_id_taken' },

  setPassword: ({ userId, passwordHash, method }) => sql`
    update users set password_hash = ${passwordHash}, must_reset_password = false, password_last_set_at = now(), password_set_method = ${method}
    where id = ${userId}`,

  putPasswordsBack: (rows) => sql`
    update users u set password_hash = r.password_hash, must_reset_password = r.must_reset_password,
      password_last_set_at = r.password_last_set_at, password_set_method = r.password_set_method
    from (${rows}) r where u.id = r.user_id`,

  prepare,

  putBack: (rows) => [
    sql`delete from stripe_links s using ${rows} where s.user_id = b.user_id and s.stripe_customer_id is distinct from b.stripe`,
    sql`insert into stripe_links (stripe_customer_id, user_id)
      select b.stripe, b.user_id from ${rows}
      where b.stripe is not null and not exists (select from stripe_links s where s.user_id = b.user_id) order by b.stripe`,
    sql`delete from user_emails e using ${rows}
      where e.user_id = b.user_id and (b.goes or (e.kind = 'added' and not b.emails ? e.email and e.added_by_run::text in (select jsonb_array_elements_text(b.run_ids))))`,
    sql`update users u set must_reset_password = b.must_reset, migration_cohort = b.cohort_tag, migration_source_file = b.source_file
      from ${rows} where u.id = b.user_id and not b.goes`,
  ],

  removeProfiles: (rows) => sql`delete from users u using ${rows} where u.id = b.user_id and b.goes`,

  seed,
};

/** `offset 0` keeps each question a look-up by index: before statistics know a table, it would be read from end to end for each batch. */
function prepare(by: PreparedBy): readonly RawBuilder<unknown>[] {
  return [
    sql`insert into users (id, full_name, name_key, must_reset_password, migration_cohort, migration_source_file, created_by_run, created_for)
      select b.user_id, b.full_name, b.name_key, true, ${by.cohortTag}, ${by.sourceFile}, ${by.runId}::uuid, b.key
      from batch b where b.is_new order by b.user_id`,
    sql`insert into user_emails (email, user_id, kind, added_by_run)
      select b.key, b.user_id, case when b.is_new then 'primary' else 'added' end, case when b.is_new then null else ${by.runId}::uuid end
      from batch b where not exists (select from user_emails e where e.email = b.key and e.user_id = b.user_id offset 0) order by b.key`,
    sql`update users u set must_reset_password = true, migration_cohort = ${by.cohortTag}, migration_source_file = ${by.sourceFile}
      from batch b where u.id = b.user_id and not b.is_new`,
    sql`insert into stripe_links (stripe_customer_id, user_id)
      select b.stripe, b.user_id
      from batch b where not exists (select from stripe_links s where s.stripe_customer_id = b.stripe and s.user_id = b.user_id offset 0) order by b.stripe
      on conflict (user_id) do update set stripe_customer_id = excluded.stripe_customer_id`,
  ];
}

function seed(people: readonly SeedPerson[]): readonly RawBuilder<unknown>[] {
  const rows = people.map((person) => ({
    id: person.userId,
    full_name: person.fullName,
    name_key: nameKey(person.fullName),
    role: person.role,
    password_hash: person.passwordHash,
    email: person.email,
    stripe_customer_id: person.stripeCustomerId,
  }));
  const given = sql`jsonb_to_recordset(${jsonText(rows)}::text::jsonb)
    as given (id uuid, full_name text, name_key text, role text, password_hash text, email text, stripe_customer_id text)`;
  return [
    sql`insert into users (id, full_name, name_key, role, password_hash, password_last_set_at, password_set_method)
      select id, full_name, name_key, role, password_hash,
        case when password_hash is null then null else now() end, case when password_hash is null then null else 'sign-up' end
      from ${given}`,
    sql`insert into user_emails (email, user_id, kind) select email, id, 'primary' from ${given}`,
    sql`insert into stripe_links (stripe_customer_id, user_id) select stripe_customer_id, id from ${given} where stripe_customer_id is not null`,
  ];
}
