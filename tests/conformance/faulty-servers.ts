import { randomUUID } from 'node:crypto';
import type { ClauseId } from '../../operator/conformance/clauses.ts';
import type { StepName } from '../../operator/conformance/way.ts';
import type { Scope } from '../../shared/contract/admin/endpoint.ts';
import { type Fault, withBody } from '../support/contract-breaker.ts';
import {
  allOf, answerOtherwise, approveEachStage, changeExecution, changeItems, codeIs, drawStagesAnew, drawTheSameSample, findNoDifferences, forgetExecutionKeys, forgetScopes, ignoreStages, isCall, keepOtherSessions, listNoExecutions, paceOfItsOwn, refuseAs, sent, succeed, wantDigits,
} from './careless-ways.ts';

/** A server that breaks one clause, and what the kit must say of it: exactly these clauses, and no others. */
export type FaultyServer = {
  readonly does: string;
  /** The step of the kit that meets it. */
  readonly step: StepName;
  readonly breaks: readonly ClauseId[];
  readonly fault: Fault;
  /** The operator's scopes, where the fault shows with others than the usual ones alone. */
  readonly scopes?: readonly Scope[];
  /** The rate that the kit asks for, where the usual one is near what the copy does by itself. */
  readonly rowsPerSecond?: number;
  /** Too long for each run of all tests. */
  readonly isLong?: true;
};

const now = (): string => new Date().toISOString();

/** So slow that no copy without a rate is by itself, however loaded the machine. */
const SLOW_ROWS_PER_SECOND = 4;

/** Each a clause that every call is tried for, broken at one of them. */
const openDoors = {
  items: answerOtherwise('GET', /\/items/, 'unauthenticated', () => succeed(200, { items: [], next_cursor: null, state: 'completed' })),
  snapshots: answerOtherwise('GET', /\/snapshots/, 'unknown_run', (answer) => refuseAs(answer, 403, 'insufficient_scope')),
  migrations: answerOtherwise('POST', /\/test-run$/, 'unknown_migration', (answer) => refuseAs(answer, 404, 'plan_not_found')),
  flag: answerOtherwise('POST', /\/execute$/, 'feature_disabled', (answer) => refuseAs(answer, 404, 'plan_not_found')),
} satisfies Readonly<Record<string, Fault>>;

export const faultyServers: readonly FaultyServer[] = [
  {
    does: 'answers errors as plain JSON',
    step: 'transport',
    breaks: ['transport.problems'],
    fault: { answer: (answer) => (answer.status < 400 ? answer : { ...answer, headers: { ...answer.headers, 'content-type': 'application/json' } }) },
  },
  {
    does: 'ignores Idempotency-Keys',
    step: 'idempotency',
    breaks: ['idempotency.same_answer', 'idempotency.at_once'],
    fault: { request: (request) => (/^[A-Za-z0-9_-]{16,128}$/.test(String(request.headers['idempotency-key'])) ? { ...request, headers: { ...request.headers, 'idempotency-key': randomUUID() } } : request) },
  },
  {
    does: 'anchors a forked journal',
    step: 'signers',
    breaks: ['journal.forked'],
    fault: { answer: (answer, request) => (codeIs(answer, 'journal_forked') ? succeed(200, { ...sent(request), sub: 'operator', anchored_at: now() }) : answer) },
  },
  {
    does: 'lets a former key live on that was to end',
    step: 'signers',
    breaks: ['signers.former_key_ends'],
    fault: { request: (request) => ({ ...request, body: request.body.replace(',"ends_former_key":true', '') }) },
  },
  {
    does: 'drops fields that it does not know',
    step: 'plan',
    breaks: ['plan.unknown_fields'],
    fault: { request: (request) => ({ ...request, body: request.body.replaceAll(/,"no_such_field":(?:true|1|"x")/g, '') }) },
  },
  {
    does: 'takes a cohort that is not in its canonical form',
    step: 'plan',
    breaks: ['cohort.not_canonical'],
    fault: { answer: (answer, request) => (isCall(request, 'PUT', /\/cohorts\//) && codeIs(answer, 'invalid_request') ? succeed(201, { cohort: request.path.slice(-64), records: 1 }) : answer) },
    isLong: true,
  },
  {
    does: 'takes the operator’s word for the validation',
    step: 'test-run',
    breaks: ['test_run.observed'],
    fault: { answer: (answer, request) => (isCall(request, 'GET', /\/test-run\//) ? withBody(answer, (body) => ({ ...body, passed: true })) : answer) },
    isLong: true,
  },
  {
    does: 'answers an unknown address in other words',
    step: 'test-run',
    breaks: ['sign_in.same_bytes'],
    fault: {
      answer: (answer, request) =>
        isCall(request, 'POST', /^\/auth\/login$/) && codeIs(answer, 'invalid_credentials') && String(sent(request)['email']).startsWith('person-25') ? withBody(answer, (body) => ({ ...body, detail: 'There is no such account.' })) : answer,
    },
  },
  {
    does: 'lets a requester approve',
    step: 'approvals',
    breaks: ['approvals.other_person'],
    scopes: ['migration:read', 'migration:write', 'migration:approve'],
    fault: {
      answer: (answer, request) =>
        codeIs(answer, 'approver_not_eligible') ? succeed(201, { ...sent(request), approval_id: randomUUID(), sub: 'operator', decided_at: now(), expires_at: now(), state: 'valid' }) : answer,
    },
  },
  {
    does: 'bars a requester whose token may approve, as it must',
    step: 'approvals',
    breaks: [],
    scopes: ['migration:read', 'migration:write', 'migration:approve'],
    fault: {},
    isLong: true,
  },
  {
    does: 'executes a plan that nobody approved',
    step: 'approvals',
    breaks: ['gates.unapproved', 'approvals.reject_closes'],
    fault: { answer: (answer) => (codeIs(answer, 'approval_required') ? succeed(202, { run_id: randomUUID() }) : answer) },
    isLong: true,
  },
  {
    does: 'leaves a gap in the sequence of items',
    step: 'execution',
    breaks: ['execution.seq'],
    fault: changeItems((item) => (Number(item['seq']) < 3 ? item : { ...item, seq: Number(item['seq']) + 1 })),
  },
  {
    does: 'states other counts in its receipts than it signed',
    step: 'execution',
    breaks: ['receipt.signed'],
    fault: { answer: (answer, request) => (isCall(request, 'GET', /\/receipt$/) ? withBody(answer, (body) => ({ ...body, receipt: String(body['receipt']).replace('"applied":', '"applied":1') })) : answer) },
    isLong: true,
  },
  {
    does: 'lets a session that is held at the reset see the account',
    step: 'sign-in',
    // A validation that cannot pass lets nothing be executed, so the way ends there.
    breaks: ['test_run.validation', 'test_run.rearm', 'execution.starts'],
    fault: { answer: (answer) => (codeIs(answer, 'password_reset_required') ? succeed(200, { user_id: randomUUID(), email: 'a@example.com', full_name: 'A' }) : answer) },
    isLong: true,
  },
  {
    does: 'overwrites what a customer has changed since the plan',
    step: 'drift',
    breaks: ['execution.drift'],
    fault: changeItems((item) => (item['outcome'] === 'drifted' ? { ...item, outcome: 'applied' } : item)),
    isLong: true,
  },
  {
    does: 'asks nobody who they are, and not for the flag',
    step: 'tokens',
    breaks: ['tokens.required', 'tokens.write_scope', 'tokens.approve_scope', 'tokens.any_scope_reads', 'tokens.reader_writes_nothing', 'tokens.unknown_migration', 'flag.off_refuses'],
    fault: allOf(forgetScopes(), ...Object.values(openDoors)),
  },
  { does: 'shows the items of runs to anybody', step: 'tokens', breaks: ['tokens.required'], fault: openDoors.items, isLong: true },
  { does: 'shows prior states to nobody', step: 'tokens', breaks: ['tokens.any_scope_reads'], fault: openDoors.snapshots, isLong: true },
  { does: 'tries rows of a migration that there is not', step: 'tokens', breaks: ['tokens.unknown_migration'], fault: openDoors.migrations, isLong: true },
  { does: 'executes whatever the flag says', step: 'tokens', breaks: ['flag.off_refuses'], fault: openDoors.flag, isLong: true },
  {
    does: 'asks for an Idempotency-Key at dry runs alone',
    step: 'idempotency',
    breaks: ['idempotency.key_required'],
    fault: { answer: (answer, request) => (!isCall(request, 'POST', /\/dry-run$/) && codeIs(answer, 'idempotency_key_required') ? refuseAs(answer, 404, 'not_found') : answer) },
  },
  {
    does: 'takes a stage of more than everybody for everybody',
    step: 'plan',
    breaks: ['plan.bad_input'],
    fault: changeExecution((body) => (JSON.stringify(body['stage']) === '{"percent":101}' ? { plan_hash: body['plan_hash'] } : body)),
    isLong: true,
  },
  {
    does: 'breaks one clause on each stretch of the way',
    step: 'stages',
    breaks: ['idempotency.execution', 'execution.rate', 'execution.listed', 'execution.stage', 'sign_in.no_other_rules', 'sign_in.other_sessions', 'verify.finds_changes', 'verify.seed'],
    fault: allOf(paceOfItsOwn(), forgetExecutionKeys(), drawTheSameSample(), keepOtherSessions(), findNoDifferences(), ignoreStages(), wantDigits(), listNoExecutions()),
    rowsPerSecond: SLOW_ROWS_PER_SECOND,
  },
  { does: 'asks for an approval of each stage', step: 'stages', breaks: ['approvals.covers_stages'], fault: approveEachStage(), isLong: true },
  { does: 'draws each stage anew', step: 'stages', breaks: ['execution.next_stage'], fault: drawStagesAnew(), isLong: true },
  { does: 'writes everybody in every stage', step: 'stages', breaks: ['execution.stage'], fault: ignoreStages(), isLong: true },
  { does: 'finds no differences whatever has changed', step: 'drift', breaks: ['verify.finds_changes'], fault: findNoDifferences(), isLong: true },
  { does: 'keeps a customer’s other sessions after the reset', step: 'sign-in', breaks: ['sign_in.other_sessions'], fault: keepOtherSessions(), isLong: true },
  { does: 'wants digits in a password', step: 'sign-in', breaks: ['sign_in.no_other_rules'], fault: wantDigits(), isLong: true },
  { does: 'lists no executions', step: 'execution', breaks: ['execution.listed'], fault: listNoExecutions(), isLong: true },
  { does: 'draws the same sample whatever the seed', step: 'execution', breaks: ['verify.seed'], fault: drawTheSameSample(), isLong: true },
  { does: 'forgets the keys of executions', step: 'execution', breaks: ['idempotency.execution'], fault: forgetExecutionKeys(), isLong: true },
  { does: 'writes in batches of its own size', step: 'execution', breaks: ['execution.rate'], fault: paceOfItsOwn(), rowsPerSecond: SLOW_ROWS_PER_SECOND, isLong: true },
  {
    does: 'knows no rate at all',
    step: 'execution',
    breaks: ['execution.rate'],
    fault: changeExecution(({ rows_per_second: rate, ...body }) => (rate === 0 ? { ...body, rows_per_second: rate } : body)),
    rowsPerSecond: SLOW_ROWS_PER_SECOND,
    isLong: true,
  },
];
