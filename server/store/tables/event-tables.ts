import type { Generated, Json, Optional, OptionalTime, Time, TimeByDefault } from './columns.ts';

export type EventState = 'recorded' | 'held' | 'void';
export type OutboxState = 'held' | 'pending' | 'delivered' | 'dead' | 'void';

export type EventTables = {
  events: {
    id: string;
    migration_id: string;
    user_id: string;
    cohort: string;
    key: string;
    name: string;
    properties: Json;
    state: EventState;
    test_run_id: Optional<string>;
    recorded_at: TimeByDefault;
  };
  outbox: {
    id: string;
    event_id: string;
    destination: string;
    unique_id: string;
    payload: Json;
    state: OutboxState;
    attempts: Generated<number>;
    next_attempt_at: TimeByDefault;
    last_error: Optional<string>;
    created_at: TimeByDefault;
    delivered_at: OptionalTime;
    claim_id: Optional<string>;
    failed_at: OptionalTime;
  };
  event_destinations: {
    name: string;
    held_until: OptionalTime;
    held_because: Optional<string>;
  };
  event_grants: {
    destination: string;
    granted_at: Time;
    granted: number;
  };
};
