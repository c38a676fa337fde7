import type { Migration } from './migration.ts';

/**
 * An operator's key can end: where another one of the same person takes its place, or on a day that was named when it was
 * registered. Unlike a revoked one it keeps verifying what it signed until then. An end may come nearer, never move away.
 */
export const endsOfSigningKeys: Migration = {
  number: 29,
  name: 'ends-of-signing-keys',
  sql: `
alter table signers add column valid_until timestamptz;
comment on column signers.valid_until is 'From when on the key signs nothing new and vouches for none; null: it has no end yet.';

create function drydock_guard_signer_end() returns trigger language plpgsql as $$
begin
  if old.valid_until is not null and (new.valid_until is null or new.valid_until > old.valid_until) then
    raise exception 'the end of a signing key does not move away' using errcode = 'DD003';
  end if;
  return new;
end $$;
create trigger signers_end before update of valid_until on signers for each row execute function drydock_guard_signer_end();

grant update (valid_until) on signers to drydock_admin;
`,
};
