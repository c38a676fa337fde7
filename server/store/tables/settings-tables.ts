import type { Generated, JsonByDefault, Optional, OptionalTime, TimeByDefault } from './columns.ts';

export type SettingsTables = {
  environment: { only_row: Generated<boolean>; id: string; created_at: TimeByDefault };
  feature_flags: { name: string; enabled: Generated<boolean>; changed_at: TimeByDefault; changed_by: Optional<string> };
  migrations: {
    id: string;
    playbook: string;
    title: string;
    flag: string;
    cohort_tag: string;
    settings: JsonByDefault;
    bound_cohort: Optional<string>;
    bound_by: Optional<string>;
    purged_at: OptionalTime;
    purged_by: Optional<string>;
    created_at: TimeByDefault;
  };
  temp_credentials: {
    id: string;
    migration_id: string;
    hmac: string;
    created_at: TimeByDefault;
    created_by: string;
    expires_at: OptionalTime;
    revoked_at: OptionalTime;
    revoked_by: Optional<string>;
    suspended_at: OptionalTime;
    suspended_because: Optional<string>;
  };
};
