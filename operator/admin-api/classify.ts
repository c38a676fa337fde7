import { AxiosHeaders, type AxiosError, isAxiosError } from 'axios';
import { type Problem, problemSchema } from '../../shared/contract/admin/problem.ts';
import { certificateCodes } from './certificate-trouble.ts';
import type { CallFailure } from './call-failure.ts';

/** System codes that say that no connection was made, so that nothing can have been done. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL',
  ...certificateCodes,
]);
const TIMED_OUT: ReadonlySet<string> = new Set(['ETIMEDOUT', 'ECONNABORTED', 'ERR_CANCELED']);

/** Refusals by guards that stand before the server looks at the key: they say nothing of an earlier attempt. */
export const guardRefusals: ReadonlySet<string> = new Set(['unauthenticated', 'insufficient_scope', 'feature_disabled', 'unknown_migration', 'rate_limited']);

/** What is known of a call's attempts before the last one. */
export interface EarlierAttempts {
  /** One did reach somebody, so a refused connection no longer means that nothing was sent. */
  readonly anyReached: boolean;
  /** One may have been carried out, so only an answer from behind the guards tells. */
  readonly mayBeDone: boolean;
}

/** What an error of the HTTP library means, taken from it without letting it out: it holds token and body. */
export function failureOfError(thrown: unknown, { anyReached, mayBeDone }: EarlierAttempts): CallFailure {
  if (!isAxiosError(thrown)) return { kind: 'unknown_outcome', why: 'no_answer', problem: undefined };
  const { response, code = '' } = thrown;
  if (response === undefined) {
    if (NOT_CONNECTED.has(code) && !anyReached) return { kind: 'not_sent', code };
    if (TIMED_OUT.has(code)) return { kind: 'unknown_outcome', why: 'timed_out', problem: undefined };
    return { kind: 'unknown_outcome', why: whyCut(thrown), problem: undefined };
  }
  // A success whose body ended too early: it was done, and what came of it is not known.
  if (response.status < 300) return { kind: 'unknown_outcome', why: whyCut(thrown), problem: undefined };
  const problem = problemOfBody(response.data);
  if (response.status >= 500) return { kind: 'unknown_outcome', why: 'server_failed', problem };
  if (problem?.code === 'idempotency_key_in_flight') return { kind: 'unknown_outcome', why: 'timed_out', problem };
  if (mayBeDone && (problem === undefined || guardRefusals.has(problem.code))) return { kind: 'unknown_outcome', why: 'no_answer', problem };
  return problem === undefined ? { kind: 'not_understood', status: response.status } : { kind: 'refused', status: response.status, problem };
}

function whyCut(error: AxiosError): 'answer_too_large' | 'no_answer' {
  return error.message.includes('maxContentLength') ? 'answer_too_large' : 'no_answer';
}

/** For a success whose body is not of the declared form. */
export function failureOfAnswer(): CallFailure {
  return { kind: 'unknown_outcome', why: 'answer_not_of_the_form', problem: undefined };
}

/** Whether an attempt reached nobody. */
export function reachedNobody(error: AxiosError): boolean {
  return error.response === undefined && NOT_CONNECTED.has(error.code ?? '');
}

/** Whether an attempt that failed like this may have been carried out all the same. */
export function leavesDoubt(error: AxiosError): boolean {
  const { response } = error;
  if (response === undefined) return !reachedNobody(error);
  return response.status < 300 || response.status >= 500 || problemOfBody(response.data)?.code === 'idempotency_key_in_flight';
}

/** Whether another attempt may fare better: reads always, writes only with their key. */
export function mayPass(error: AxiosError): boolean {
  const { config, response, code = '' } = error;
  if (config === undefined || code === 'ERR_CANCELED') return false;
  if (config.method?.toUpperCase() !== 'GET' && !AxiosHeaders.from(config.headers).has('Idempotency-Key')) return false;
  if (response === undefined) return !(code.startsWith('ERR_TLS') || certificateCodes.includes(code));
  return response.status < 300 || response.status >= 500 || response.status === 429 || problemOfBody(response.data)?.code === 'idempotency_key_in_flight';
}

/** The problem in a body; undefined where the body is none, as a proxy's error page is. */
function problemOfBody(body: unknown): Problem | undefined {
  if (typeof body !== 'string') return undefined;
  try {
    return problemSchema.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}
