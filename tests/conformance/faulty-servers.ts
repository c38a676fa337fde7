import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ClauseId } from '../../operator/conformance/clauses.ts';
import type { StepName } from '../../operator/conformance/way.ts';
import type { Scope } from '../../shared/contract/admin/endpoint.ts';
import { type Fault, type PassedAnswer, type PassedRequest, withBody } from '../support/contract-breaker.ts';

/** A server that breaks one clause, and what the kit must say of it: exactly these clauses, and no others. */
export type FaultyServer = {
  readonly does: string;
  /** The step of the kit that meets it. */
  readonly step: StepName;
  readonly breaks: readonly ClauseId[];
  readonly fault: Fault;
  /** The operator's scopes, where the fault shows with others than the usual ones alone. */
  readonly scopes?: readonly Scope[];
  /** Too long for each run of all tests. */
  readonly isLong?: true;
};

const sent = (request: PassedRequest): Record<string, unknown> => z.record(z.string(), z.unknown()).parse(JSON.parse(request.body));
const isCall = (request: PassedRequest, method: string, path: RegExp): boolean => request.method === method && path.test(request.path);
const succeed = (status: number, body: unknown): PassedAnswer => ({ status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) });
const codeIs = (answer: PassedAnswer, code: string): boolean => answer.status >= 400 && answer.body.includes(`"code":"${code}"`);
const now = (): string => new Date().toISOString();

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
    fault: {
      answer: (answer, request) =>
        isCall(request, 'GET', /\/items\?/) ? withBody(answer, (body) => ({ ...body, items: itemsIn(body).map((item) => (Number(item['seq']) < 3 ? item : { ...item, seq: Number(item['seq']) + 1 })) })) : answer,
    },
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
    fault: {
      answer: (answer, request) =>
        isCall(request, 'GET', /\/items\?/) ? withBody(answer, (body) => ({ ...body, items: itemsIn(body).map((item) => (item['outcome'] === 'drifted' ? { ...item, outcome: 'applied' } : item)) })) : answer,
    },
    isLong: true,
  },
];

function itemsIn(body: Record<string, unknown>): readonly Record<string, unknown>[] {
  return z.array(z.record(z.string(), z.unknown())).parse(body['items'] ?? []);
}
