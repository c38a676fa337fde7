import { z } from 'zod';
import { type Fault, type PassedAnswer, type PassedRequest, withBody } from '../support/contract-breaker.ts';

/** What a request sent, as JSON. */
export const sent = (request: PassedRequest): Record<string, unknown> => z.record(z.string(), z.unknown()).parse(JSON.parse(request.body));
export const isCall = (request: PassedRequest, method: string, path: RegExp): boolean => request.method === method && path.test(request.path);
export const succeed = (status: number, body: unknown): PassedAnswer => ({ status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) });
export const codeIs = (answer: PassedAnswer, code: string): boolean => answer.status >= 400 && answer.body.includes(`"code":"${code}"`);
/** The same refusal under another status and code. */
export const refuseAs = (answer: PassedAnswer, status: number, code: string): PassedAnswer => ({ ...withBody(answer, (body) => ({ ...body, status, code })), status });

const itemsIn = (body: Record<string, unknown>): readonly Record<string, unknown>[] => z.array(z.record(z.string(), z.unknown())).parse(body['items'] ?? []);
/** The items of every run, changed one by one. */
export function changeItems(change: (item: Record<string, unknown>) => Record<string, unknown>): Fault {
  return { answer: (answer, request) => (isCall(request, 'GET', /\/items\?/) && answer.status === 200 ? withBody(answer, (body) => ({ ...body, items: itemsIn(body).map(change) })) : answer) };
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
