import { sql } from 'kysely';
import { z } from 'zod';
import type { SignInTx } from '../store/store.ts';

const signInFactsSchema = z.object({
  user_id: z.string(),
  password_hash: z.string().nullable(),
  migration_id: z.string().nullable(),
  is_flag_on: z.boolean(),
  credential_id: z.string().nullable(),
  credential_hmac: z.string().nullable(),
  is_credential_live: z.boolean(),
  validation_key_id: z.string().nullable(),
  test_run_id: z.string().nullable(),
});

/** What is known of the account behind an address, read at one moment; nothing of it decides by itself. */
export type SignInFacts = z.infer<typeof signInFactsSchema>;

/**
 * Reads what decides a sign-in, in one statement. While validation has changed a test user's password, everybody but
 * validation is still judged by the former one: the customer must not notice (A14).
 * @param email folded. @param validationKeyHash of the key that came along, null without one.
 * @returns null for an address that nobody has.
 */
export async function readSignInFacts(tx: SignInTx, email: string, validationKeyHash: string | null): Promise<SignInFacts | null> {
  const result = await sql<Record<string, unknown>>`
    select u.id as user_id,
      case when v.user_id is null then u.password_hash else v.prior_password_hash end as password_hash,
      m.migration_id,
      coalesce(f.enabled, false) as is_flag_on,
      c.id as credential_id,
      c.hmac as credential_hmac,
      c.id is not null and (c.expires_at is null or c.expires_at > now()) as is_credential_live,
      k.id as validation_key_id,
      k.run_id as test_run_id
    from user_emails e
    join users u on u.id = e.user_id
    left join validation_changes v on v.user_id = u.id and v.restored_at is null and v.left_password_hash = u.password_hash
    left join members m on m.user_id = u.id and m.state = 'armed'
    left join migrations g on g.id = m.migration_id
    left join feature_flags f on f.name = g.flag
    left join temp_credentials c on c.migration_id = m.migration_id and c.revoked_at is null
    left join (validation_keys k join test_sets t on t.run_id = k.run_id and t.state = 'open' join test_members tm on tm.run_id = k.run_id and tm.user_id = k.user_id)
      on k.user_id = u.id and k.key_hash = ${validationKeyHash} and k.used_at is null and k.voided_at is null
        and t.migration_id = m.migration_id and t.credential_id = c.id and tm.key = e.email
    where e.email = ${email}
    limit 1`.execute(tx);
  const [row] = result.rows;
  return row === undefined ? null : signInFactsSchema.parse(row);
}
