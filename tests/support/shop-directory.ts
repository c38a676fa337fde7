import { sql } from 'kysely';
import type { UserDirectory } from '../../server/directory/user-directory.ts';
import { jsonText } from '../../server/store/json-text.ts';
import { nameKey } from '../../shared/core/person-name.ts';

/**
 * The user tables of a made-up shop: other names, a Stripe id that is a column of the customer, columns that Drydock knows
 * nothing of, and rights and guards as `docs/own-user-table.md` asks for them.
 */
export const shopDirectory: UserDirectory = {
  name: 'shop',
  steps: [
    {
      number: 1,
      name: 'shop-tables',
      sql: `
create table shop_customers (
  customer_no uuid primary key,
  display_name text not null,
  name_key text collate "C" not null,
  is_staff boolean not null default false,
  secret text,
  must_choose_secret boolean not null default false,
  secret_chosen_at timestamptz,
  secret_chosen_how text,
  migrated_by text,
  migrated_from text,
  made_by_run uuid references runs (id),
  made_for text collate "C",
  stripe text collate "C" constraint shop_one_stripe unique,
  loyalty_points integer not null default 7
);
create index shop_customers_by_name on shop_customers (name_key);
create table shop_addresses (
  address text collate "C" constraint shop_one_address primary key,
  customer_no uuid not null references shop_customers (customer_no),
  is_first boolean not null,
  added_by_run uuid references runs (id)
);
create unique index shop_one_first_address on shop_addresses (customer_no) where is_first;
create index shop_addresses_by_customer on shop_addresses (customer_no);
`,
    },
    {
      number: 2,
      name: 'drydock-in-front',
      sql: `
create view shop_users as select customer_no as id, display_name as full_name, name_key, case when is_staff then 'staff' else 'customer' end as role,
  secret as password_hash, must_choose_secret as must_reset_password, secret_chosen_at as password_last_set_at, secret_chosen_how as password_set_method,
  migrated_by as migration_cohort, migrated_from as migration_source_file, made_by_run as created_by_run, made_for as created_for
  from shop_customers;
create view shop_emails as select address as email, customer_no as user_id, case when is_first then 'primary' else 'added' end as kind, added_by_run from shop_addresses;
create view shop_stripe as select stripe as stripe_customer_id, customer_no as user_id from shop_customers where stripe is not null;
create or replace view directory_profiles as select customer_no as id, made_by_run as created_by_run, made_for as created_for from shop_customers;

alter table members drop constraint members_user_id_fkey, add foreign key (user_id) references shop_customers (customer_no);
alter table sessions drop constraint sessions_user_id_fkey, add foreign key (user_id) references shop_customers (customer_no) on delete cascade;
alter table email_confirmations drop constraint email_confirmations_user_id_fkey, add foreign key (user_id) references shop_customers (customer_no) on delete cascade;

grant select (id, full_name, name_key, role, must_reset_password, password_last_set_at, password_set_method, migration_cohort, migration_source_file, created_by_run, created_for)
  on shop_users to drydock_planner, drydock_admin;
grant select on shop_users to drydock_runner, drydock_sign_in;
grant select on shop_emails, shop_stripe to drydock_planner, drydock_admin, drydock_runner, drydock_sign_in;
-- Who locks through a view needs a right to change something through it.
grant update (must_reset_password) on shop_users to drydock_runner, drydock_sign_in;
grant select, insert, delete on shop_customers to drydock_runner;
grant update (must_choose_secret, secret, secret_chosen_at, secret_chosen_how, migrated_by, migrated_from, stripe) on shop_customers to drydock_runner;
grant select, insert, delete on shop_addresses to drydock_runner;
grant select (customer_no) on shop_customers to drydock_sign_in;
grant update (must_choose_secret, secret, secret_chosen_at, secret_chosen_how) on shop_customers to drydock_sign_in;

${guard('shop_customers', 'drydock_guard_own_customers', `customer_no as id, case when is_staff then 'staff' else 'customer' end as role, secret as password_hash,
  must_choose_secret as must_reset_password, secret_chosen_at as password_last_set_at, secret_chosen_how as password_set_method,
  migrated_by as migration_cohort, migrated_from as migration_source_file, made_by_run as created_by_run, made_for as created_for`)}
${guard('shop_customers', 'drydock_guard_own_stripe_links', 'stripe as stripe_customer_id, customer_no as user_id')}
${guard('shop_addresses', 'drydock_guard_own_addresses', `address as email, customer_no as user_id, case when is_first then 'primary' else 'added' end as kind, added_by_run`)}
`,
    },
  ],
  customers: 'shop_users',
  addresses: 'shop_emails',
  stripeLinks: 'shop_stripe',
  customersTable: 'public.shop_customers',
  takenBy: { shop_one_address: 'email_taken', shop_one_stripe: 'stripe_id_taken' },

  setPassword: ({ userId, passwordHash, method }) => sql`
    update shop_customers set secret = ${passwordHash}, must_choose_secret = false, secret_chosen_at = now(), secret_chosen_how = ${method}
    where customer_no = ${userId}`,

  putPasswordsBack: (rows) => sql`
    update shop_customers u set secret = r.password_hash, must_choose_secret = r.must_reset_password,
      secret_chosen_at = r.password_last_set_at, secret_chosen_how = r.password_set_method
    from (${rows}) r where u.customer_no = r.user_id`,

  prepare: ({ runId, cohortTag, sourceFile }) => [
    sql`insert into shop_customers (customer_no, display_name, name_key, must_choose_secret, migrated_by, migrated_from, made_by_run, made_for, stripe)
      select b.user_id, b.full_name, b.name_key, true, ${cohortTag}, ${sourceFile}, ${runId}::uuid, b.key, b.stripe
      from batch b where b.is_new order by b.user_id`,
    sql`insert into shop_addresses (address, customer_no, is_first, added_by_run)
      select b.key, b.user_id, b.is_new, case when b.is_new then null else ${runId}::uuid end
      from batch b where not exists (select from shop_addresses e where e.address = b.key and e.customer_no = b.user_id) order by b.key`,
    sql`update shop_customers u set must_choose_secret = true, migrated_by = ${cohortTag}, migrated_from = ${sourceFile}, stripe = b.stripe
      from batch b where u.customer_no = b.user_id and not b.is_new`,
  ],

  putBack: (rows) => [
    sql`update shop_customers u set stripe = null from ${rows} where u.customer_no = b.user_id and u.stripe is distinct from b.stripe`,
    sql`delete from shop_addresses e using ${rows}
      where e.customer_no = b.user_id and (b.goes or (not e.is_first and not b.emails ? e.address and e.added_by_run::text in (select jsonb_array_elements_text(b.run_ids))))`,
    sql`update shop_customers u set must_choose_secret = b.must_reset, migrated_by = b.cohort_tag, migrated_from = b.source_file, stripe = b.stripe
      from ${rows} where u.customer_no = b.user_id and not b.goes`,
  ],

  removeProfiles: (rows) => sql`delete from shop_customers u using ${rows} where u.customer_no = b.user_id and b.goes`,

  seed: (people) => {
    const given = sql`jsonb_to_recordset(${jsonText(people.map((person) => ({ ...person, nameKey: nameKey(person.fullName) })))}::text::jsonb)
      as given ("userId" uuid, "fullName" text, "nameKey" text, email text, "stripeCustomerId" text, role text, "passwordHash" text)`;
    return [
      sql`insert into shop_customers (customer_no, display_name, name_key, is_staff, secret, secret_chosen_at, secret_chosen_how, stripe)
        select "userId", "fullName", "nameKey", role = 'staff', "passwordHash", case when "passwordHash" is not null then now() end, case when "passwordHash" is not null then 'sign-up' end, "stripeCustomerId"
        from ${given}`,
      sql`insert into shop_addresses (address, customer_no, is_first) select email, "userId", true from ${given}`,
    ];
  },
};

/** The three triggers that hold a table whatever statement comes; `columns` gives its columns under the guard's names. */
function guard(table: string, trigger: string, columns: string): string {
  const call = `for each statement execute function ${trigger} ('${columns.replaceAll("'", "''")}')`;
  return `
create trigger ${trigger}_insert after insert on ${table} referencing new table as new_rows ${call};
create trigger ${trigger}_update after update on ${table} referencing old table as old_rows new table as new_rows ${call};
create trigger ${trigger}_delete after delete on ${table} referencing old table as old_rows ${call};`;
}
