import type { Migration } from './migration.ts';

/**
 * What sign-in counts. A declared rate counts what the breaker has let through, and an account of an address once a kind, so
 * that no single address suspends a cohort's temporary password; where the breaker has blocked, its time stands whatever the
 * rate says, or accounts of a cohort could be told by it. An address keeps its attempts of the last minute in slices, so that
 * no boundary between two minutes lets twice as many through.
 */
export const signInCounts: Migration = {
  number: 28,
  name: 'sign-in-counts',
  sql: `
alter table sign_in_spread add column counted_kinds text[] not null default '{}';
comment on column sign_in_spread.counted_kinds is 'The declared rates that have counted this account of this address while it stands here.';

alter table sign_in_addresses add column slices bigint[] not null default '{}';
comment on column sign_in_addresses.slices is 'Attempts let through in slices of five seconds, the newest first; it began at window_started_at.';
comment on column sign_in_addresses.attempt_count is 'Those of the last minute, with the latest attempt, which was not let through where it is too many.';

create or replace function drydock_end_attempt(
  p_address text, p_account text, p_accounts_max integer,
  p_credential uuid, p_kind text, p_rate_max integer,
  p_plain_address text, p_request_id text
) returns table (is_admitted boolean, retry_after_seconds double precision, has_tripped boolean, has_suspended boolean)
language plpgsql volatile
-- What is waited for here is held for as long as another attempt takes to commit, and not for a batch of a run.
set lock_timeout = '5s'
as $$
declare
  at_time timestamptz;
  recent_count integer;
  oldest timestamptz;
  counted text[];
  is_counted boolean;
  rate_count bigint;
  in_migration text;
begin
  has_tripped := false;
  has_suspended := false;
  -- One attempt of an address after the other; what is judged is the time after that wait.
  perform pg_advisory_xact_lock(hashtextextended(p_address, 4010));
  at_time := clock_timestamp();
  select count(*), min(r.seen_at) into recent_count, oldest
    from (select s.seen_at from sign_in_spread s
      where s.address = p_address and s.seen_at > at_time - interval '10 minutes'
      order by s.seen_at desc limit p_accounts_max) r;
  is_admitted := recent_count < p_accounts_max;
  retry_after_seconds := extract(epoch from coalesce(oldest, at_time) + interval '10 minutes' - at_time);
  select s.counted_kinds into counted
    from sign_in_spread s where s.address = p_address and s.account = p_account and s.seen_at > at_time - interval '10 minutes';
  counted := coalesce(counted, '{}');
  is_counted := is_admitted and p_credential is not null and p_rate_max is not null and p_kind <> all (counted);
  if is_counted then
    counted := counted || p_kind;
  end if;
  insert into sign_in_spread (address, account, seen_at, counted_kinds) values (p_address, p_account, at_time, counted)
    on conflict (address, account) do update set seen_at = excluded.seen_at, counted_kinds = excluded.counted_kinds;
  if is_admitted and recent_count + 1 = p_accounts_max then
    select count(*) into recent_count from sign_in_spread s where s.address = p_address and s.seen_at > at_time - interval '10 minutes';
    has_tripped := recent_count = p_accounts_max;
    if has_tripped then
      insert into audit_log (method, route, status, code, request_id, address)
        values ('SIGN-IN', 'breaker: address blocked', 429, 'too_many_attempts', p_request_id, p_plain_address);
    end if;
  end if;
  if not is_counted then
    return next;
    return;
  end if;
  insert into temp_credential_rates as r (credential_id, kind, window_started_at, attempt_count) values (p_credential, p_kind, at_time, 1)
    on conflict (credential_id, kind) do update set
      window_started_at = case when r.window_started_at > at_time - interval '1 minute' then r.window_started_at else at_time end,
      attempt_count = case when r.window_started_at > at_time - interval '1 minute' then r.attempt_count + 1 else 1 end
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
    -- Opens nothing, and is answered like a wrong password: without a time.
    if p_kind = 'opened' then
      is_admitted := false;
      retry_after_seconds := null;
    end if;
  end if;
  return next;
end $$;

create function drydock_was_link_asked(of_user uuid) returns boolean language plpgsql volatile as $$
begin
  return exists (select from email_confirmations r where r.user_id = of_user and r.created_at > clock_timestamp() - interval '5 minutes');
end $$;
comment on function drydock_was_link_asked(uuid) is 'Sees what was committed until it is called: its caller has just waited for another attempt of that customer.';
revoke execute on function drydock_was_link_asked(uuid) from public;
grant execute on function drydock_was_link_asked(uuid) to drydock_sign_in;
`,
};
