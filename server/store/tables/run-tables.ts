import type { RunKind } from '../../../shared/core/run-kind.ts';
import type { ItemOutcome } from '../../../shared/core/run-item.ts';
import type { RunState } from '../../../shared/core/run-state.ts';
import type { Generated, Json, JsonByDefault, Optional, OptionalTime, TimeByDefault } from './columns.ts';

export type RunTables = {
  runs: {
    id: string;
    migration_id: string;
    kind: RunKind;
    plan_hash: Optional<string>;
    cohort: Optional<string>;
    state: RunState;
    asked: Optional<'pause' | 'stop'>;
    message: Optional<string>;
    requested_by: string;
    only_keys: Optional<string[]>;
    stage_percent: Optional<number>;
    rows_per_second: Optional<number>;
    failure_threshold: Optional<number>;
    rows_total: Generated<number>;
    cursor: Generated<number>;
    next_seq: Generated<number>;
    counts: JsonByDefault;
    preceding_dry_run: Optional<string>;
    redaction_key: Optional<string>;
    retry_failed: Generated<boolean>;
    failures_seen: Generated<number>;
    worked_seconds: Generated<number>;
    working_since: OptionalTime;
    created_at: TimeByDefault;
    started_at: OptionalTime;
    ended_at: OptionalTime;
  };
  run_items: {
    run_id: string;
    seq: number;
    row_no: Optional<number>;
    cohort: string;
    key: string;
    user_id: Optional<string>;
    outcome: ItemOutcome;
    item: Json;
    recorded_at: TimeByDefault;
  };
  snapshots: {
    run_id: string;
    user_id: string;
    migration_id: string;
    cohort: string;
    key: string;
    existed: boolean;
    prior: Json;
    left_as: Json;
    taken_at: TimeByDefault;
  };
};
