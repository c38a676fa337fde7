import { nameKey } from '../../shared/core/person-name.ts';
import type { Script } from '../store/engine.ts';

/** An account as it is put into an empty database. `passwordHash` null: no password of their own yet. */
export interface SeedPerson {
  readonly userId: string;
  readonly fullName: string;
  readonly email: string;
  readonly stripeCustomerId: string | null;
  readonly role: 'customer' | 'staff';
  readonly passwordHash: string | null;
}

/**
 * Puts people into the user tables as an application would have them before any migration. Runs as the owner of the
 * tables, outside every run: this is the one place that makes accounts without one, and only a practice server has it.
 */
export async function seedPeople(run: Script, people: readonly SeedPerson[]): Promise<void> {
  const rows = people.map((person) => ({
    id: person.userId,
    full_name: person.fullName,
    name_key: nameKey(person.fullName),
    role: person.role,
    password_hash: person.passwordHash,
    email: person.email,
    stripe_customer_id: person.stripeCustomerId,
  }));
  const given = `jsonb_to_recordset($1::jsonb) as given(id uuid, full_name text, name_key text, role text, password_hash text, email text, stripe_customer_id text)`;
  const values = [JSON.stringify(rows)];
  await run(
    `insert into users (id, full_name, name_key, role, password_hash, password_last_set_at, password_set_method)
     select id, full_name, name_key, role, password_hash, case when password_hash is null then null else now() end, case when password_hash is null then null else 'sign-up' end from ${given}`,
    values,
  );
  await run(`insert into user_emails (email, user_id, kind) select email, id, 'primary' from ${given}`, values);
  await run(`insert into stripe_links (stripe_customer_id, user_id) select stripe_customer_id, id from ${given} where stripe_customer_id is not null`, values);
}
