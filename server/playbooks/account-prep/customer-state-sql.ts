import { type RawBuilder, sql } from 'kysely';
import { addresses, stripeLinks } from '../../directory/customer-relations.ts';

/**
 * What a run can change of the customer in row `f` of the directory's customers, and the times beside it (A20), as JSON in the form of
 * `customerStateSchema`. No credential is among it.
 */
export function customerState(migrationId: string): RawBuilder<unknown> {
  return sql`jsonb_build_object(
    'must_reset_password', f.must_reset_password,
    'migration_cohort', f.migration_cohort,
    'migration_source_file', f.migration_source_file,
    'password_last_set_at', f.password_last_set_at,
    'password_set_method', f.password_set_method,
    'stripe_customer_id', (select s.stripe_customer_id from ${stripeLinks} s where s.user_id = f.id),
    'emails', (select coalesce(jsonb_agg(e.email order by e.email), '[]'::jsonb) from ${addresses} e where e.user_id = f.id),
    'arming', (
      select jsonb_build_object('state', m.state, 'armed_by_run', m.armed_by_run, 'prepared_at', m.prepared_at)
      from members m where m.user_id = f.id and m.migration_id = ${migrationId}
    )
  )`;
}
