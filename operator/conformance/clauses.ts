/**
 * What a Drydock admin API promises, clause by clause, as anybody can see it over HTTP (N6). One table: a clause is
 * named by `group.name` for ever, its sentence says what must be so. A clause that no run looks at is told as such.
 */
export const clauseTitles = {
  'transport.health': 'GET /health and GET /ready answer without a token',
  'transport.openapi': 'GET /openapi.json, without a token, is OpenAPI 3.1 and names every call of the contract',
  'transport.problems': 'Every refusal is a problem document: media type, code, title, detail, status, request id',
  'transport.forms': 'Every answer has the form that the contract gives it',
  'transport.unknown_address': 'An address that does not exist is a 404 with a code',
  'transport.malformed_body': 'A body that is no JSON is refused with a 4xx and a code',
  'transport.no_secrets': 'No answer repeats a token, the temporary password, or a password that was sent',

  'tokens.required': 'Every admin call without a token, or with one that is not good, is 401 unauthenticated',
  'tokens.write_scope': 'Every writing call needs migration:write',
  'tokens.approve_scope': 'Approving needs migration:approve',
  'tokens.any_scope_reads': 'Any of the three scopes opens every reading call',
  'tokens.reader_writes_nothing': 'A token that may only read writes nothing',
  'tokens.unknown_migration': 'A migration that does not exist is 404 unknown_migration',

  'flag.shown': 'The state of the feature flag is shown with its migration',
  'flag.off_refuses': 'While the flag is off a dry run, a test run and an execution are 403 feature_disabled; reading and rollback work',

  'idempotency.key_required': 'Every writing call without an Idempotency-Key of the right form is 400 idempotency_key_required',
  'idempotency.same_answer': 'The same key and body have the same answer, and one effect',
  'idempotency.other_body': 'The same key with another body is 422 idempotency_key_reused',
  'idempotency.per_route': 'A key belongs to one caller and one call, and is free for another',
  'idempotency.at_once': 'The same request many times at once has one effect; the others wait or are 409',
  'idempotency.execution': 'An execution that is asked for again with its key answers its run, and starts no second one',
  'idempotency.guards_first': 'A known key opens nothing to a token that is not good',

  'cohort.upload': 'A cohort in its canonical form is taken under its SHA-256: 201 when new, 200 when known',
  'cohort.wrong_hash': 'Records that the hash does not name are 422 cohort_hash_mismatch',
  'cohort.not_canonical': 'Records in another than the canonical form are refused, not repaired',
  'cohort.named_by_content': 'Records sent with a dry run are named by the hash of their canonical form',

  'plan.repeatable': 'The same dry run gives the same plan hash',
  'plan.hash_covers': 'Another file name, or another decision, is another plan hash',
  'plan.unknown_fields': 'A field that the contract does not know is 422 invalid_request',
  'plan.bad_input': 'Values of a wrong kind are refused with a 4xx, and the path of what is wrong',
  'plan.new_people': 'People whom nobody knows are planned as NO_EMAIL_MATCH, NO_NAME_MATCH, CREATE_NEW',
  'plan.no_writes': 'A dry run writes no customer: nobody is prepared, nobody can sign in',
  'plan.skip': 'A row that is to be skipped is planned as SKIP',
  'plan.partial': 'A plan of some rows only is never executed',
  'plan.outsiders': 'A decision about somebody outside the cohort is refused',
  'plan.email_match': 'A person who is known by the address is planned as MATCH_EMAIL, with what would change',
  'plan.complete': 'Whoever has completed is planned as COMPLETE and never prepared again',
  'plan.name_match': 'A name that one other person has is planned as MATCH_NAME_UNIQUE, and that person’s address is masked or left to who must judge it',
  'plan.name_match_acknowledged': 'A row matched by name alone is never written, in a test run neither, without an acknowledgement',

  'rows.paged': 'The rows of a plan come page by page, in the order of the file, each once',
  'rows.filtered': 'Rows are filtered by match, action, warning and text',

  'test_run.selection': 'A test run takes exactly one row of each kind that the plan has; other choices are 422 test_selection',
  'test_run.starts': 'A test run writes its rows at once and gives a validation key for each',
  'test_run.one_open': 'A cohort has one open test set',
  'test_run.observed': 'Only what the server itself has seen counts: nothing is passed before anybody has signed in',
  'test_run.validation': 'A validation key opens a session that is held at the reset, and reaches GET /me alone after it',
  'test_run.key_once': 'A validation key is good for one sign-in',
  'test_run.passes': 'After a validation the server says that it was seen, step by step, and that the test run passed',
  'test_run.event_held': 'The event of a validation is held, and void after re-arm',
  'test_run.not_restored': 'Nothing is executed before the test customers are put back',
  'test_run.rearm': 'Re-arm puts back what validation changed and ends its sessions; doing it again changes nothing',

  'gates.before_test': 'A plan that was not tried is not executed',
  'gates.unapproved': 'A plan that was not approved is not executed: 409 approval_required',
  'gates.bound_cohort': 'A migration writes one cohort; another is refused until an approver binds it',
  'gates.unknown_plan': 'A plan hash that nobody made can be neither approved nor executed',

  'approvals.other_person': 'Whoever asks for a plan cannot approve it, whatever the token allows',
  'approvals.recorded': 'A decision is kept with who, what and until when, and is listed',
  'approvals.one_hash': 'An approval covers one plan hash and no other',
  'approvals.reject_closes': 'A reject closes the plan hash for good',
  'approvals.covers_stages': 'One approval covers all stages of a plan',
  'approvals.spent': 'An approval is spent when its run was stopped',

  'execution.starts': 'An approved plan is executed: 202 with a run',
  'execution.filed_dry_run': 'The plan is made again before it is executed, and filed as the dry run before execution',
  'execution.one_at_a_time': 'A migration has one run under way: 409 run_in_progress',
  'execution.rate': 'rows_per_second holds the run back, by the times that its items carry',
  'execution.pause': 'A run that was asked to pause comes to stand, and writes nothing while it stands',
  'execution.resume': 'A paused run goes on to its end',
  'execution.seq': 'Items come in a sequence without gaps, each row of the plan once',
  'execution.wait': 'items?wait= holds the answer until there is more',
  'execution.before_after': 'What was applied is told with before and after, and is what was planned',
  'execution.test_rows': 'A row that the plan’s own test run wrote is no_change',
  'execution.counts': 'The counts of a run are those of its items',
  'execution.listed': 'The run is listed among the runs of its migration, as it is told by itself',
  'execution.again': 'A finished plan that is executed again answers its run',
  'execution.stale': 'A plan of which too much has changed is 409 plan_stale',
  'execution.drift': 'A row that its customer changed since the plan is drifted, told as planned and now, and not overwritten',
  'execution.stage': 'A stage of so many percent writes some of the plan and not all of it, and exactly whom its items name',
  'execution.next_stage': 'The next stage takes in the one before, writes nobody of it again, and goes further',
  'execution.stop': 'A run that was stopped stays stopped',

  'receipt.signed': 'The receipt of a run is signed by the key that the session publishes (SSHSIG, namespace drydock-receipt)',
  'receipt.true': 'The receipt states the run, plan, cohort, counts and the hash of its items',
  'receipt.key_listed': 'The receipt key is among the signers, with its allowed_signers line',

  'signers.proof': 'A report key is taken with proof that it is held, and refused without: 422 signer_proof_invalid',
  'signers.other_person': 'A key for another person is registered by an approver alone',
  'signers.second_key': 'A second key of a person needs the first one’s signature, or an approver: 409 signer_conflict',
  'signers.former_key_ends': 'A key that takes the place of a former one, with that one’s signature and ends_former_key, ends it where it begins; an ended key vouches for none: 409 signer_conflict',
  'signers.revoked': 'A key that was revoked is listed as such',

  'journal.anchored': 'The head of a journal is anchored, and listed as it was sent',
  'journal.insert_only': 'The same head again changes nothing',
  'journal.forked': 'Another hash at a known position is 409 journal_forked, and the first one stays',

  'members.cohort_only': 'Members are those of the cohort and nobody else',
  'members.prepared': 'A prepared member is shown with must-reset, Stripe id, cohort tag and source file',
  'members.adoption': 'Adoption counts who was prepared, signed in and completed, and lists who is left',

  'sign_in.same_bytes': 'Unknown address and wrong password are 401 invalid_credentials with the same bytes',
  'sign_in.forced_reset': 'The temporary password opens a session that is held at the reset',
  'sign_in.nothing_else': 'A session that is held at the reset reaches nothing but setting a password and logging out',
  'sign_in.password_policy': 'A new password that is too short, too long, or the temporary one is 422 password_policy',
  'sign_in.no_other_rules': 'A new password of twelve small letters is taken: there are no rules beyond those of the contract',
  'sign_in.completes': 'After the reset the customer is in, the held session is dead, and only the new password opens the account',
  'sign_in.other_sessions': 'Setting the password ends the customer’s other sessions',
  'sign_in.reset_once': 'A full session sets no password',
  'sign_in.one_event': 'One Migration Complete event is recorded, with its six properties',
  'sign_in.logout': 'After POST /auth/logout the session is dead',
  'sign_in.limited': 'Many wrong passwords for one account are 429 too_many_attempts with Retry-After',

  'snapshots.prior_states': 'The prior state of everybody whom a run touched is listed, without credentials',

  'verify.reads_back': 'A verification reads back what a run wrote and says that it is so',
  'verify.finds_changes': 'A verification tells of everybody whose record is no longer as the run left it, and of nobody else',
  'verify.seed': 'The same seed takes the same sample, and another seed another one',

  'rollback.preview': 'A preview says what a rollback would do, with its hash, and does nothing',
  'rollback.hash_needed': 'A rollback needs the hash of its preview',
  'rollback.approval': 'Where policy asks for it, a rollback of many needs an approval of its hash',
  'rollback.reverts': 'Whoever has not set a password is put back; a profile that the run made and nobody used is gone',
  'rollback.keeps_changed': 'Whoever has set a password is kept, and told as planned and now',
  'rollback.ends_sessions': 'After a rollback the temporary password opens nothing, and held sessions set nothing',
  'rollback.twice': 'A rollback that was done has nothing left to revert',
} as const;

export type ClauseId = keyof typeof clauseTitles;

/** All clauses in the order in which they are told. */
export const clauseIds = Object.keys(clauseTitles).filter((id): id is ClauseId => Object.hasOwn(clauseTitles, id));
