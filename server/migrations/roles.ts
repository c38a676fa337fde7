/**
 * Roles of the database. They belong to the cluster, not to one database, so this is repeated at every migration
 * and changes nothing when all is in place.
 *
 * - `drydock_owner` owns every table and is entered by migrations alone;
 * - `drydock_app` is what a connection is outside transactions: no table is open to it but the queue's;
 * - `drydock_planner` may look at customers and file plans, nothing else (a dry run cannot write);
 * - `drydock_runner` alone may arm, add addresses and write migration columns, within a run's plan;
 * - `drydock_sign_in` may disarm and set passwords, never arm;
 * - `drydock_admin` does the rest and cannot write a customer;
 * - `drydock_purger` takes the personal data of a finished migration away, and touches no customer.
 */
export const databaseRoles = ['drydock_owner', 'drydock_app', 'drydock_planner', 'drydock_runner', 'drydock_sign_in', 'drydock_admin', 'drydock_purger'] as const;
export type DatabaseRole = (typeof databaseRoles)[number];

function createRole(role: DatabaseRole): string {
  return `
    if not exists (select from pg_roles where rolname = '${role}') then
      create role ${role} nologin noinherit;
    end if;`;
}

/** The login must be able to enter every role; a superuser can without being a member. */
function joinRole(role: DatabaseRole): string {
  return `
    if not pg_has_role(session_user, '${role}', 'member') then
      execute format('grant ${role} to %I', session_user);
    end if;`;
}

/**
 * Creates missing roles and lets the current login enter them. Two databases of one cluster may do this at the same
 * moment, and roles are shared between them: losing that race is no error.
 */
export const rolesSql = `
do $$
begin
  begin${databaseRoles.map(createRole).join('')}
  exception when duplicate_object or unique_violation then null;
  end;
end $$;
do $$
begin${databaseRoles.map(joinRole).join('')}
  execute format('grant create on database %I to drydock_owner', current_database());
  -- A large plan lays out in a table of its transaction what it has gathered.
  execute format('grant temporary on database %I to drydock_planner', current_database());
  grant usage, create on schema public to drydock_owner;
end $$;
`;
