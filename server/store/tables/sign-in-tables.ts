import type { Generated, Json, Optional, OptionalTime, Time, TimeByDefault } from './columns.ts';

/** A tagged session was opened with a validation key and reaches less than others. */
export type SessionKind = 'full' | 'restricted' | 'tagged_restricted' | 'tagged_full';

export type SignInTables = {
  test_sets: {
    run_id: string;
    migration_id: string;
    cohort: string;
    plan_hash: string;
    credential_id: string;
    state: Generated<'open' | 'closed'>;
    last_validation_at: OptionalTime;
    passed_at: OptionalTime;
    restored_at: OptionalTime;
    created_at: TimeByDefault;
  };
  test_members: {
    run_id: string;
    user_id: string;
    cohort: string;
    key: string;
    kind: string;
    prepared_at: TimeByDefault;
    signed_in_at: OptionalTime;
    held_at_reset_at: OptionalTime;
    password_set_at: OptionalTime;
    event_recorded_at: OptionalTime;
    restored_at: OptionalTime;
    kept_changed_since: Generated<boolean>;
  };
  validation_keys: {
    id: string;
    run_id: string;
    user_id: string;
    key_hash: string;
    issued_at: TimeByDefault;
    used_at: OptionalTime;
    voided_at: OptionalTime;
  };
  validation_changes: {
    run_id: string;
    user_id: string;
    prior: Json;
    left_as: Json;
    prior_password_hash: Optional<string>;
    left_password_hash: string;
    changed_at: TimeByDefault;
    restored_at: OptionalTime;
  };
  sessions: {
    id: string;
    token_hash: string;
    user_id: string;
    kind: SessionKind;
    migration_id: Optional<string>;
    credential_id: Optional<string>;
    validation_key_id: Optional<string>;
    created_at: TimeByDefault;
    expires_at: Time;
    ended_at: OptionalTime;
    ended_because: Optional<string>;
  };
  sign_in_attempts: { account: string; attempts: Date[] };
  sign_in_addresses: { address: string; window_started_at: Time; attempt_count: number; slices: Generated<number[]> };
  temp_credential_rates: { credential_id: string; kind: 'opened' | 'refused'; window_started_at: Time; attempt_count: number };
  sign_in_spread: { address: string; account: string; seen_at: Time; counted_kinds: Generated<string[]> };
};
