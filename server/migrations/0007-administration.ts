import type { Migration } from './migration.ts';

export const administration: Migration = {
  number: 7,
  name: 'administration',
  sql: `
create table approvals (
  id uuid primary key,
  migration_id text not null references migrations (id),
  subject_kind text not null default 'plan' check (subject_kind in ('plan', 'rollback')),
  plan_hash text not null,
  decision text not null check (decision in ('approve', 'reject')),
  decided_by text not null,
  comment text not null,
  decided_at timestamptz not null default now(),
  expires_at timestamptz not null,
  spent_at timestamptz,
  spent_because text
);
create index approvals_by_hash on approvals (plan_hash);

create table acknowledgements (
  run_id uuid not null references runs (id),
  plan_hash text not null,
  key text collate "C" not null,
  acknowledged_by text not null,
  acknowledged_at timestamptz not null default now(),
  primary key (run_id, key),
  foreign key (plan_hash, key) references plan_rows (plan_hash, key)
);

create table signers (
  fingerprint text primary key,
  sub text not null,
  public_key text not null,
  registered_at timestamptz not null default now(),
  revoked_at timestamptz,
  revoked_by text
);
create index signers_by_sub on signers (sub);

create table receipt_keys (
  fingerprint text primary key,
  principal text not null,
  public_key text not null,
  valid_after timestamptz not null default now(),
  valid_before timestamptz
);
comment on table receipt_keys is 'Every key that ever signed a receipt here; the private halves are never in the database.';

create table receipts (
  run_id uuid primary key references runs (id),
  receipt text not null,
  signature text not null,
  fingerprint text not null references receipt_keys (fingerprint),
  issued_at timestamptz not null
);

create table journal_heads (
  journal_id text not null,
  seq bigint not null check (seq >= 0),
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  sub text not null,
  anchored_at timestamptz not null default now(),
  primary key (journal_id, seq)
);

create table idempotency_keys (
  sub text not null,
  route text not null,
  key text not null check (key ~ '^[A-Za-z0-9_-]{16,128}$'),
  request_sha256 text not null,
  status integer not null,
  response text not null,
  run_id uuid references runs (id),
  created_at timestamptz not null default now(),
  primary key (sub, route, key)
);

create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  sub text,
  jti text,
  method text not null,
  route text not null,
  status integer not null,
  code text,
  migration_id text,
  run_id text,
  request_id text,
  address text,
  detail jsonb
);

create table revoked_tokens (
  sub text primary key,
  issued_before timestamptz not null,
  revoked_at timestamptz not null default now()
);
comment on table revoked_tokens is 'Tokens of this subject that were issued up to this moment are refused.';
`,
};
