import type { Generated, Optional, OptionalTime, Time, TimeByDefault } from './columns.ts';

export type AdministrationTables = {
  approvals: {
    id: string;
    migration_id: string;
    subject_kind: Generated<'plan' | 'rollback'>;
    plan_hash: string;
    decision: 'approve' | 'reject';
    decided_by: string;
    comment: string;
    decided_at: TimeByDefault;
    expires_at: Time;
    spent_at: OptionalTime;
    spent_because: Optional<string>;
  };
  acknowledgements: { run_id: string; plan_no: number; row_no: number; key: string; acknowledged_by: string; acknowledged_at: TimeByDefault };
  signers: {
    fingerprint: string;
    sub: string;
    public_key: string;
    registered_at: TimeByDefault;
    valid_until: OptionalTime;
    revoked_at: OptionalTime;
    revoked_by: Optional<string>;
  };
  receipt_keys: { fingerprint: string; principal: string; public_key: string; valid_after: TimeByDefault; valid_before: OptionalTime };
  receipts: { run_id: string; receipt: string; signature: string; fingerprint: string; issued_at: Time };
  journal_heads: { journal_id: string; seq: number; hash: string; sub: string; anchored_at: TimeByDefault };
  idempotency_keys: {
    sub: string;
    route: string;
    key: string;
    request_sha256: string;
    status: number;
    response: string;
    run_id: Optional<string>;
    created_at: TimeByDefault;
  };
  audit_log: {
    id: Generated<number>;
    at: TimeByDefault;
    sub: Optional<string>;
    jti: Optional<string>;
    method: string;
    route: string;
    status: number;
    code: Optional<string>;
    migration_id: Optional<string>;
    run_id: Optional<string>;
    request_id: Optional<string>;
    address: Optional<string>;
    detail: Optional<string>;
  };
  revoked_tokens: { sub: string; issued_before: Time; revoked_at: TimeByDefault };
};
