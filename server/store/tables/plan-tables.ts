import type { Generated, Json, JsonByDefault, Optional, TimeByDefault } from './columns.ts';

export type PlanTables = {
  cohorts: { sha256: string; record_count: number; created_at: TimeByDefault };
  cohort_members: { cohort: string; row_no: number; key: string; record: Json; name_key: Optional<string> };
  cohort_uploads: { migration_id: string; cohort: string; uploaded_by: string; uploaded_at: TimeByDefault };
  plans: {
    plan_no: number;
    plan_hash: string;
    migration_id: string;
    playbook_version: string;
    cohort: string;
    source_file: Optional<string>;
    source_sha256: Optional<string>;
    credential_id: Optional<string>;
    settings: JsonByDefault;
    decisions: JsonByDefault;
    is_partial: Generated<boolean>;
    row_count: number;
    summary: Json;
    created_at: TimeByDefault;
  };
  plan_bodies: { plan_no: Generated<number>; made_in: Generated<string> };
  plan_kinds: { plan_no: number; kind_no: number; match: string; action: string; warnings: string[]; row_count: number };
  plan_rows: { plan_no: number; row_no: number; kind_no: number; user_id: Optional<string>; row: string };
};
