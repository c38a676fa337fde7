import type { Migration } from './migration.ts';

/** One-time links of `confirm_by_email`, and the way out of the mail that carries them. */
export const emailConfirmations: Migration = {
  number: 20,
  name: 'email-confirmations',
  sql: `
create table email_confirmations (
  id uuid primary key,
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  user_id uuid not null references users (id) on delete cascade,
  migration_id text not null references migrations (id),
  credential_id uuid not null references temp_credentials (id),
  address text collate "C" not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  mail_state text not null default 'pending' check (mail_state in ('pending', 'sent', 'dead')),
  mail_attempts integer not null default 0,
  mail_next_at timestamptz not null default now(),
  mail_error text
);
comment on column email_confirmations.token_hash is 'The token itself is derived from the id under the key outside the database, when its mail is written.';
comment on column email_confirmations.address is 'The address that the customer had before the migration, frozen here.';
create index email_confirmations_due on email_confirmations (mail_next_at) where mail_state = 'pending';
create index email_confirmations_by_user on email_confirmations (user_id, created_at);

grant select, insert, delete on email_confirmations to drydock_sign_in;
grant select, delete on email_confirmations to drydock_purger;
grant update (used_at, mail_state, mail_attempts, mail_next_at, mail_error) on email_confirmations to drydock_sign_in;
`,
};
