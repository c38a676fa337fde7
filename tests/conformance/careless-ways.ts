import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Fault, PassedAnswer, PassedRequest } from '../support/contract-breaker.ts';
import { withBody } from '../support/contract-breaker.ts';

/** What a request sent, as JSON. */
export const sent = (request: PassedRequest): Record<string, unknown> => z.record(z.string(), z.unknown()).parse(JSON.parse(request.body));
export const isCall = (request: PassedRequest, method: string, path: RegExp): boolean => request.method === method && path.test(request.path);
export const succeed = (status: number, body: unknown): PassedAnswer => ({ status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) });
export const codeIs = (answer: PassedAnswer, code: string): boolean => answer.status >= 400 && answer.body.includes(`"code":"${code}"`);
/** The same refusal under another status and code. */
export const refuseAs = (answer: PassedAnswer, status: number, code: string): PassedAnswer => ({ ...withBody(answer, (body) => ({ ...body, status, code })), status });

const itemsIn = (body: Record<string, unknown>): readonly Record<string, unknown>[] => z.array(z.record(z.string(), z.unknown())).parse(body['items'] ?? []);
const resent = (request: PassedRequest, change: (body: Record<string, unknown>) => Record<string, unknown>): PassedRequest => ({ ...request, body: JSON.stringify(change(sent(request))) });

/** The items of every run, changed one by one. */
export function changeItems(change: (item: Record<string, unknown>) => Record<string, unknown>, isMeant: (request: PassedRequest) => boolean = () => true): Fault {
  return { answer: (answer, request) => (isCall(request, 'GET', /\/items\?/) && answer.status === 200 && isMeant(request) ? withBody(answer, (body) => ({ ...body, items: itemsIn(body).map(change) })) : answer) };
}

/** Several faults in one copy. */
export function allOf(...faults: readonly Fault[]): Fault {
  return {
    request: (request) => faults.reduce((so, { request: change }) => change?.(so) ?? so, request),
    answer: (answer, request) => faults.reduce((so, { answer: change }) => change?.(so, request) ?? so, answer),
  };
}

/** Looks whether there is such a thing before it asks for the scope, or instead. */
export function forgetScopes(): Fault {
  return { answer: (answer) => (codeIs(answer, 'insufficient_scope') ? refuseAs(answer, 404, 'not_found') : answer) };
}

/** A refusal of some calls becomes another answer. */
export function answerOtherwise(method: string, path: RegExp, code: string, other: (answer: PassedAnswer) => PassedAnswer): Fault {
  return { answer: (answer, request) => (isCall(request, method, path) && codeIs(answer, code) ? other(answer) : answer) };
}

/** What an execution asks beside the plan, changed or forgotten. */
export function changeExecution(change: (body: Record<string, unknown>) => Record<string, unknown>): Fault {
  return { request: (request) => (isCall(request, 'POST', /\/execute$/) && request.body !== '' ? resent(request, change) : request) };
}

/** A rate of its own, whatever is asked for: slow enough to be paused. */
export function paceOfItsOwn(): Fault {
  return changeExecution((body) => ('rows_per_second' in body && body['rows_per_second'] !== 0 ? { ...body, rows_per_second: 23 } : body));
}

/** A key means nothing where an execution is asked for. */
export function forgetExecutionKeys(): Fault {
  return {
    request: (request) => (isCall(request, 'POST', /\/execute$/) && request.headers['idempotency-key'] !== undefined ? { ...request, headers: { ...request.headers, 'idempotency-key': randomUUID() } } : request),
  };
}

export function drawTheSameSample(): Fault {
  return {
    request: (request) => (isCall(request, 'POST', /\/verify$/) && request.body.includes('"sample"') ? resent(request, (body) => ({ ...body, sample: { ...z.record(z.string(), z.unknown()).parse(body['sample']), seed: 'always' } })) : request),
  };
}

export function findNoDifferences(): Fault {
  return {
    answer: (answer, request) => (isCall(request, 'POST', /\/verify$/) && answer.status === 200 ? withBody(answer, (body) => ({ ...body, differences: [] })) : answer),
  };
}

/** Everybody, whatever share was asked for. */
export function ignoreStages(): Fault {
  return changeExecution((body) => ({ ...body, stage: isShare(body['stage']) ? undefined : body['stage'] }));
}

/** Draws a stage anew: whoever was in the one before is not in this one. */
export function drawStagesAnew(): Fault {
  const { note, isLater } = stagesSeen();
  const { answer: change } = changeItems((item) => (item['outcome'] === 'no_change' ? { ...item, email: `other-${String(item['email'])}` } : item), isLater);
  return {
    answer: (answer, request) => {
      note(answer, request);
      return change?.(answer, request) ?? answer;
    },
  };
}

/** Wants an approval for each stage. */
export function approveEachStage(): Fault {
  const { note, isLater } = stagesSeen();
  return {
    answer: (answer, request) => {
      note(answer, request);
      if (!isCall(request, 'POST', /\/execute$/) || !isLater({ ...request, path: `/${answer.body}/` })) return answer;
      return { ...succeed(409, { type: 'about:blank', title: 'Approval needed', detail: 'Have this stage approved.', status: 409, code: 'approval_required', request_id: randomUUID() }), headers: { 'content-type': 'application/problem+json' } };
    },
  };
}

/** Wants more of a password than twelve letters. */
export function wantDigits(): Fault {
  return { request: (request) => (isCall(request, 'POST', /^\/auth\/password$/) && /"new_password":"[a-z]+"/.test(request.body) ? resent(request, () => ({ new_password: 'short' })) : request) };
}

export function listNoExecutions(): Fault {
  return { answer: (answer, request) => (isCall(request, 'GET', /^\/admin\/runs\?/) && answer.status === 200 ? withBody(answer, (body) => ({ ...body, items: itemsIn(body).filter(({ kind }) => kind !== 'execution') })) : answer) };
}

/** A customer's second session that is held at the reset lives on when the first one has set the password. */
export function keepOtherSessions(): Fault {
  const held = new Map<unknown, string[]>();
  return {
    answer: (answer, request) => {
      if (isCall(request, 'POST', /^\/auth\/login$/) && answer.status === 200 && answer.body.includes('"password_reset_required":true')) {
        const { email, validation_key: key } = sent(request);
        const { session_token: token } = z.object({ session_token: z.string() }).parse(JSON.parse(answer.body));
        if (key === undefined) held.set(email, [...(held.get(email) ?? []), token]);
      }
      const isSecond = [...held.values()].some(([, second]) => second !== undefined && request.headers.authorization === `Bearer ${second}`);
      return isCall(request, 'POST', /^\/auth\/password$/) && answer.status >= 400 && isSecond ? succeed(200, { session_token: randomUUID() }) : answer;
    },
  };
}

function isShare(stage: unknown): boolean {
  const read = z.object({ percent: z.number().gt(0).max(100) }).safeParse(stage);
  return read.success;
}

/** Tells the runs of later stages from those of the first one. */
function stagesSeen(): { readonly note: (answer: PassedAnswer, request: PassedRequest) => void; readonly isLater: (request: PassedRequest) => boolean } {
  const runs: string[] = [];
  return {
    note: (answer, request) => {
      if (!isCall(request, 'POST', /\/execute$/) || answer.status !== 202 || !isShare(sent(request)['stage'])) return;
      runs.push(z.object({ run_id: z.string() }).parse(JSON.parse(answer.body)).run_id);
    },
    isLater: ({ path }) => runs.slice(1).some((runId) => path.includes(runId)),
  };
}
