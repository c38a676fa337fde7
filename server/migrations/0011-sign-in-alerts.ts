import type { Migration } from './migration.ts';

/**
 * Suspension of a temporary credential, and the step that ends an attempt: breaker, declared rates and their alerts in
 * one call, so that a sign-in costs two round trips whatever it was. Each statement of the function sees what was
 * committed before it began; a single statement would count what it saw before it waited for the lock.
 */
export const signInAlerts: Migration = {
  number: 11,
  name: 'sign-in-alerts',
  sql: `
alter table temp_credentials add column suspended_at timestamptz, add column suspended_because text,
  add check ((suspended_at is null) = (suspended_because is null));
comment on column temp_credentials.suspended_at is 'Set by sign-in when a declared rate is exceeded; an administrator takes it back.';

create table temp_credential_rates (
  credential_id uuid not null references temp_credentials (id),
  kind text not null check (kind in ('opened', 'refused')),
  window_started_at timestamptz not null,
  attempt_count bigint not null,
  primary key (credential_id, kind)
);
comment on table temp_credential_rates is 'How often a cohort was opened, or refused, in the running minute, over all addresses; kept only where a rate is declared.';

create function drydock_guard_suspension() returns trigger language plpgsql as $$
begin
  if current_user = 'drydock_sign_in' and old.suspended_at is not null and new.suspended_at is distinct from old.suspended_at then
    raise exception 'sign-in suspends a credential and never resumes one' using errcode = 'DD003';
  end if;
  return new;
end $$;
create trigger temp_credentials_suspension_guard before update on temp_credentials for each row execute function drydock_guard_suspension();

create function drydock_end_attempt(
  p_address text, p_account text, p_accounts_max integer,
  p_credential uuid, p_kind text, p_rate_max integer,
  p_plain_address text, p_request_id text
) returns table (is_admitted boolean, retry_after_seconds double precision, has_tripped boolean, has_suspended boolean)
language plpgsql volatile as $$
declare
  recent_count integer;
  oldest timestamptz;
  rate_count bigint;
  in_migration text;
begin
  has_tripped := false;
  has_suspended := false;
  -- One attempt of an address after the other.
  perform pg_advisory_xact_lock(hashtextextended(p_address, 4010));
  select count(*), min(r.seen_at) into recent_count, oldest
    from (select s.seen_at from sign_in_spread s
      where s.address = p_address and s.seen_at > now() - interval '10 minutes'
      order by s.seen_at desc limit p_accounts_max) r;
  is_admitted := recent_count < p_accounts_max;
  retry_after_seconds := extract(epoch from coalesce(oldest, now()) + interval '10 minutes' - now());
  insert into sign_in_spread (address, account, seen_at) values (p_address, p_account, now())
    on conflict (address, account) do update set seen_at = now();
  if is_admitted and recent_count + 1 = p_accounts_max then
    select count(*) into recent_count from sign_in_spread s where s.address = p_address and s.seen_at > now() - interval '10 minutes';
    has_tripped := recent_count = p_accounts_max;
    if has_tripped then
      insert into audit_log (method, route, status, code, request_id, address)
        values ('SIGN-IN', 'breaker: address blocked', 429, 'too_many_attempts', p_request_id, p_plain_address);
    end if;
  end if;
  if p_credential is null or p_rate_max is null then
    return next;
    return;
  end if;
  insert into temp_credential_rates as r (credential_id, kind, window_started_at, attempt_count) values (p_credential, p_kind, now(), 1)
    on conflict (credential_id, kind) do update set
      window_started_at = case when r.window_started_at > now() - interval '1 minute' then r.window_started_at else now() end,
      attempt_count = case when r.window_started_at > now() - interval '1 minute' then r.attempt_count + 1 else 1 end
    returning r.attempt_count into rate_count;
  if rate_count > p_rate_max then
    update temp_credentials c set suspended_at = now(), suspended_because = format('more than %s a minute %s', p_rate_max, p_kind)
      where c.id = p_credential and c.suspended_at is null and c.revoked_at is null
      returning c.migration_id into in_migration;
    has_suspended := found;
    if has_suspended then
      insert into audit_log (method, route, status, code, migration_id, request_id)
        values ('SIGN-IN', 'temporary password suspended', 403, p_kind, in_migration, p_request_id);
    end if;
    is_admitted := is_admitted and p_kind <> 'opened';
    retry_after_seconds := null;
  end if;
  return next;
end $$;
revoke execute on function drydock_end_attempt(text, text, integer, uuid, text, integer, text, text) from public;
grant execute on function drydock_end_attempt(text, text, integer, uuid, text, integer, text, text) to drydock_sign_in;

grant select, insert, update, delete on temp_credential_rates to drydock_sign_in;
grant update (suspended_at, suspended_because) on temp_credentials to drydock_sign_in, drydock_admin;
grant select (suspended_at, suspended_because) on temp_credentials to drydock_planner, drydock_runner, drydock_admin;
`,
};
