import type { Generated, Optional, OptionalTime, TimeByDefault } from './columns.ts';

/** How a row of `members` stands; what people are shown follows from its times (`shared/core/member.ts`). */
export type ArmingState = 'armed' | 'completed' | 'rolled_back';

export type CustomerTables = {
  users: {
    id: string;
    full_name: string;
    name_key: string;
    role: Generated<'customer' | 'staff'>;
    password_hash: Optional<string>;
    must_reset_password: Generated<boolean>;
    password_last_set_at: OptionalTime;
    password_set_method: Optional<string>;
    migration_cohort: Optional<string>;
    migration_source_file: Optional<string>;
    created_by_run: Optional<string>;
    created_for: Optional<string>;
    created_at: TimeByDefault;
  };
  user_emails: { email: string; user_id: string; kind: 'primary' | 'added'; added_by_run: Optional<string> };
  stripe_links: { stripe_customer_id: string; user_id: string };
  members: {
    migration_id: string;
    user_id: string;
    cohort: string;
    key: string;
    state: ArmingState;
    armed_by_run: string;
    prepared_at: TimeByDefault;
    signed_in_at: OptionalTime;
    completed_at: OptionalTime;
    rolled_back_at: OptionalTime;
  };
};
