/** A stable code of the API's errors: its HTTP status, a title, and what to do (RFC 9457 `title` and `detail`). */
export type ProblemWording = { readonly status: number; readonly title: string; readonly remedy: string };

export const problemWordings = {
  invalid_request: { status: 422, title: 'The request is not of the documented form', remedy: 'Correct what is listed under errors and send it again.' },
  malformed_body: { status: 400, title: 'The body cannot be read', remedy: 'Send well-formed JSON in UTF-8.' },
  malformed_request: { status: 400, title: 'This is no HTTP request', remedy: 'Send one that is well-formed.' },
  request_timeout: { status: 408, title: 'The request took too long to arrive', remedy: 'Send it again on a faster line.' },
  headers_too_large: { status: 431, title: 'The headers are too large', remedy: 'Send fewer or shorter ones.' },
  unsupported_media_type: { status: 415, title: 'This media type is not understood here', remedy: 'Send application/json; a cohort goes as application/x-ndjson.' },
  payload_too_large: { status: 413, title: 'The body is too large', remedy: 'Upload a large cohort with PUT .../cohorts/{sha256} and name it by its hash.' },
  not_found: { status: 404, title: 'There is nothing here', remedy: 'Check the address against /openapi.json.' },
  method_not_allowed: { status: 405, title: 'This address does not take that method', remedy: 'Check the call against /openapi.json.' },
  internal_error: { status: 500, title: 'The server failed', remedy: 'Ask again with the same Idempotency-Key; if it stays so, give the request id to whoever runs the server.' },
  not_ready: { status: 503, title: 'The server is not ready', remedy: 'Wait a little and ask again.' },
  database_timeout: { status: 503, title: 'The database took too long', remedy: 'Ask again with the same Idempotency-Key; if it stays so, whoever runs the server must give its statements more time (statement_timeout), or find what holds them up.' },
  rate_limited: { status: 429, title: 'Too many requests', remedy: 'Wait as long as Retry-After says.' },

  unauthenticated: { status: 401, title: 'No valid token', remedy: 'Send a bearer token of this environment that has not expired.' },
  insufficient_scope: { status: 403, title: 'The token does not allow this', remedy: 'Use a token with the scope that the call documents.' },
  unknown_migration: { status: 404, title: 'There is no such migration', remedy: 'List the migrations of this environment.' },
  unknown_cohort: { status: 404, title: 'This cohort has not been uploaded', remedy: 'Upload it first, named by its SHA-256.' },
  unknown_run: { status: 404, title: 'There is no such run', remedy: 'List the runs of this environment.' },
  unknown_test_run: { status: 404, title: 'There is no such test run', remedy: 'List the runs of this migration.' },
  unknown_signer: { status: 404, title: 'There is no such key', remedy: 'List the keys with GET /admin/signers.' },
  migration_purged: { status: 409, title: 'The personal data of this migration has been taken away', remedy: 'It is closed. Declare a new migration for new work.' },
  feature_disabled: { status: 403, title: 'The feature flag of this migration is off', remedy: 'Have it switched on; reading, pause, stop and rollback work without it.' },

  idempotency_key_required: { status: 400, title: 'An Idempotency-Key is missing or not of the right form', remedy: 'Send 16 to 128 characters of A-Z, a-z, 0-9, _ and -.' },
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key belongs to another request', remedy: 'Use a fresh key for a different body.' },
  idempotency_key_in_flight: { status: 409, title: 'A request with this Idempotency-Key is being answered', remedy: 'Wait a moment and ask again with the same key.' },

  cohort_hash_mismatch: { status: 422, title: 'The records are not those that the hash names', remedy: 'Check the file again and upload exactly its canonical form.' },
  plan_not_found: { status: 404, title: 'There is no such plan', remedy: 'Do a dry run and use the plan hash it gives.' },
  plan_partial: { status: 409, title: 'This plan covers a few rows only', remedy: 'It can be tried; for an execution plan the whole cohort.' },
  plan_stale: { status: 409, title: 'Too much has changed since the plan was made', remedy: 'Do a dry run again and have the new plan approved.' },
  test_selection: { status: 422, title: 'The choice of test rows does not fit the plan', remedy: 'Choose exactly one row of each kind that the plan has.' },
  test_set_open: { status: 409, title: 'A test run is still open', remedy: 'Put its test users back first.' },
  test_run_required: { status: 409, title: 'The test run has not passed', remedy: 'Do a test run of this cohort and validate it.' },
  test_users_not_restored: { status: 409, title: 'The test users are not put back yet', remedy: 'Put them back with rearm.' },
  approval_required: { status: 409, title: 'The plan is not approved', remedy: 'Have exactly this plan hash approved.' },
  approval_closed: { status: 409, title: 'This plan takes no more decisions', remedy: 'It was rejected. Do a dry run again; a changed plan has another hash.' },
  approver_not_eligible: { status: 403, title: 'You may not approve this plan', remedy: 'Policy bars whoever uploaded, planned, tested or executes it. Ask another person.' },
  acknowledgement_required: { status: 409, title: 'Rows matched by name alone are not acknowledged', remedy: 'Look at each of the rows named, then acknowledge, decline or skip it.' },
  cohort_not_bound: { status: 409, title: 'The migration is bound to another cohort', remedy: 'Use its own cohort, or have an approver rebind it.' },
  nothing_to_retry: { status: 409, title: 'No row of this plan has failed', remedy: 'Execute the plan first; failed rows alone can then be tried again.' },
  run_in_progress: { status: 409, title: 'A run of this migration is in progress', remedy: 'Wait for it, or stop it.' },
  run_state_conflict: { status: 409, title: 'The run cannot do that in its state', remedy: 'Look at the state of the run.' },
  credential_unavailable: { status: 409, title: 'The migration has no live temporary password', remedy: 'Have one set with drydock-server temp-password.' },
  rollback_changed: { status: 409, title: 'The rollback would no longer do what was previewed', remedy: 'Preview it again.' },
  receipt_not_ready: { status: 409, title: 'The run has not ended', remedy: 'Ask again when it has.' },

  signer_conflict: { status: 409, title: 'Another key is registered for this person', remedy: 'Sign with the former key too, or ask an approver.' },
  signer_proof_invalid: { status: 422, title: 'The proof does not fit the key', remedy: 'Sign the documented text with the key that you register.' },
  journal_forked: { status: 409, title: 'The journal says something else at a known position', remedy: 'Do not write with this journal. Compare it with its backups.' },

  invalid_credentials: { status: 401, title: 'E-mail address or password is wrong', remedy: 'Try again, or ask for a new password.' },
  too_many_attempts: { status: 429, title: 'Too many attempts', remedy: 'Wait as long as Retry-After says.' },
  password_policy: { status: 422, title: 'This password cannot be used', remedy: 'Choose 12 to 128 characters that are not easily guessed and not the temporary password.' },
  password_reset_required: { status: 403, title: 'A new password must be set first', remedy: 'Set one with POST /auth/password.' },
  password_reset_not_open: { status: 403, title: 'No reset is open in this session', remedy: 'Sign in again.' },
} as const satisfies Record<string, ProblemWording>;

export type ProblemCode = keyof typeof problemWordings;

/** Whether a code that came over the wire is one of ours. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemWordings, code);
}

/** Codes with which a gate or a policy says no; the command line ends with 3 on these. */
export const gateRefusals: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'insufficient_scope',
  'feature_disabled',
  'migration_purged',
  'plan_partial',
  'plan_stale',
  'test_set_open',
  'test_run_required',
  'test_users_not_restored',
  'approval_required',
  'approval_closed',
  'approver_not_eligible',
  'acknowledgement_required',
  'cohort_not_bound',
  'nothing_to_retry',
  'run_in_progress',
  'run_state_conflict',
  'credential_unavailable',
  'rollback_changed',
  'receipt_not_ready',
  'signer_conflict',
]);
