import { z } from 'zod';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import { endpoints } from '../../shared/contract/admin/endpoints.ts';
import type { CanonicalValue } from '../../shared/core/canonical-json.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import { AdminCallError, type CallFailure, operatorErrorOf } from '../admin-api/call-failure.ts';
import { guardRefusals } from '../admin-api/classify.ts';
import { payloadOf, sealNoteOf } from '../journal/payload.ts';
import { problem } from '../problems.ts';
import { type AnchoringParts, createAnchoring } from './anchoring.ts';
import type { Actor } from './environment-book.ts';
import type { WriteInput } from './environments.ts';
import { type JournaledCall, isJournaledCall, noteOfReply } from './journaled-calls.ts';

const SETTLE_TIMEOUT_MS = 120_000;

export interface WritingCalls {
  /** Intent, call, outcome: the intent is on disk before the call goes out. @throws OperatorError */
  write<E extends Endpoint>(call: E, input: WriteInput<E>): Promise<z.infer<E['reply']>>;
  /** Asks the server again, with the same key and body, what became of intents without an outcome. Never guesses. */
  settle(): Promise<void>;
  /** The answer of a journalled call once more. @throws OperatorError also when its body was erased */
  askAgain(intentSeq: number): Promise<unknown>;
  /** Anchors the head. Silent when the server is away; @throws OperatorError `journal_forked` */
  anchor(runId?: string): Promise<void>;
}

export interface WritingCallParts extends AnchoringParts {
  /** `sub` of the operator's token. Keys belong to whoever used them, so only the same person can ask again. */
  readonly sub: string;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Keys of calls that are under way in this process. Shared by all that write. */
  readonly underWay: Set<string>;
  readonly isProcessAlive: (processId: number) => boolean;
  readonly processId: number;
}

/** Writing calls to one environment. */
export function createWritingCalls(parts: WritingCallParts): WritingCalls {
  const { environmentId, api, tokenOf, journal, randomBytes, underWay } = parts;
  const anchor = createAnchoring(parts);

  function recordOutcome(intent: JournalEntry, outcome: Outcome): void {
    journal.write((writer) => {
      if (!writer.isOpen(intent.seq)) return;
      writer.append({ kind: 'outcome', payload: { environment: environmentId, call: String(payloadOf(intent)['call']), intent: intent.seq, ...scopeOf(intent), ...outcome } });
    });
  }

  async function write<E extends Endpoint>(call: E, input: WriteInput<E>): Promise<z.infer<E['reply']>> {
    const name = call.name;
    if (!isJournaledCall(name)) throw new RangeError(`${name} has no form in the journal.`);
    const key = Buffer.from(randomBytes(24)).toString('base64url');
    const actor: Actor = input.asPracticeApprover === true ? 'practice_approver' : 'operator';
    const token = tokenOf(actor);
    underWay.add(key);
    try {
      const intent = journal.append(intentEntry(parts, name, key, actor, input));
      try {
        await anchor();
      } catch (thrown) {
        recordOutcome(intent, { result: 'not_sent', code: 'journal_forked' });
        throw thrown;
      }
      const reply = await api
        .call(call, { params: input.params, query: {} as z.infer<E['query']>, body: input.body, token, idempotencyKey: key, ...(input.timeoutMs === undefined ? {} : { timeoutMs: input.timeoutMs }) })
        .catch((thrown: unknown) => {
          if (!(thrown instanceof AdminCallError)) {
            recordOutcome(intent, { result: 'not_sent', code: 'not_of_the_form' });
            throw thrown;
          }
          const outcome = finalOutcome(thrown.failure);
          if (outcome !== undefined) recordOutcome(intent, outcome);
          throw operatorErrorOf(thrown.failure, true);
        });
      recordOutcome(intent, { result: 'done', ...noteOfReply(name, reply) });
      return reply;
    } finally {
      underWay.delete(key);
    }
  }

  return {
    write,
    async settle() {
      for (const intent of journal.openIntents()) await settleOne(parts, intent, recordOutcome);
    },
    async askAgain(intentSeq) {
      const intent = journal.get(intentSeq);
      const ask = intent === undefined ? 'elsewhere' : callOf(parts, intent);
      if (typeof ask === 'string') throw problem('not_to_be_asked_again', 'What was asked then is no longer known here', 'Its personal data was erased, or it was another environment or another person.');
      return ask().catch((thrown: unknown) => {
        throw thrown instanceof AdminCallError ? operatorErrorOf(thrown.failure, true) : thrown;
      });
    },
    anchor,
  };
}

/** The outcome names the scope of its intent, so that the run it started is sealed with the same key. */
function scopeOf(intent: JournalEntry): { readonly scope?: string } {
  const scope = sealNoteOf(intent)?.scope;
  return scope === undefined ? {} : { scope };
}

/** What stands in the journal before the call goes out: enough to ask the very same again. */
function intentEntry<E extends Endpoint>(parts: WritingCallParts, name: JournaledCall, key: string, actor: Actor, input: WriteInput<E>) {
  const body: unknown = input.body;
  const isText = typeof body === 'string';
  // Whatever a body says may be personal, so only one that says nothing stands in the chain as it is.
  const scope = input.scope ?? (isEmpty(body) ? undefined : parts.journal.newScope());
  const params = input.params as { readonly [key: string]: CanonicalValue };
  const clear = {
    environment: parts.environmentId,
    ...(parts.server === undefined ? {} : { server: parts.server }),
    call: name,
    key,
    params,
    process: parts.processId,
    by: parts.journal.keyedName(parts.sub),
    ...(actor === 'practice_approver' ? { as: actor } : {}),
    ...(typeof params['run_id'] === 'string' ? { run_id: params['run_id'] } : {}),
    ...input.note,
  };
  return scope === undefined
    ? { kind: 'intent' as const, payload: { ...clear, body: body as CanonicalValue } }
    : { kind: 'intent' as const, payload: { ...clear, body_is_text: isText }, sealed: { scope, text: isText ? body : JSON.stringify(body) } };
}

function isEmpty(body: unknown): boolean {
  return body === undefined || (typeof body === 'object' && body !== null && Object.keys(body).length === 0);
}

/** A definite end; undefined where only asking again tells. */
function finalOutcome(failure: CallFailure): { readonly [key: string]: CanonicalValue } | undefined {
  switch (failure.kind) {
    case 'refused':
      return { result: 'refused', code: failure.problem.code, status: failure.status, request_id: failure.problem.request_id };
    case 'not_sent':
      return { result: 'not_sent', code: failure.code };
    case 'not_understood':
      return { result: 'not_understood', status: failure.status };
    case 'unknown_outcome':
      return undefined;
  }
}

type Outcome = { readonly [key: string]: CanonicalValue | undefined };

const intentSchema = z.object({
  environment: z.string(),
  server: z.string().optional(),
  call: z.string(),
  key: z.string(),
  params: z.record(z.string(), z.string()),
  process: z.int(),
  by: z.string(),
  as: z.literal('practice_approver').optional(),
  body: z.unknown().optional(),
  body_is_text: z.boolean().optional(),
});

/** The very call of an intent, once more; or why it cannot be asked: another environment's or person's, or erased. */
function callOf(parts: WritingCallParts, intent: JournalEntry): (() => Promise<unknown>) | 'elsewhere' | 'erased' {
  const known = intentSchema.safeParse(payloadOf(intent));
  if (!known.success || known.data.environment !== parts.environmentId || known.data.server !== parts.server || !isJournaledCall(known.data.call)) return 'elsewhere';
  const { call, key, params, by, as, body_is_text: isText } = known.data;
  if (by !== parts.journal.keyedName(parts.sub)) return 'elsewhere';
  const sealed = isText === undefined ? undefined : parts.journal.openSealed(intent);
  if (isText !== undefined && sealed === undefined) return 'erased';
  const body: unknown = sealed === undefined ? known.data.body : isText === true ? sealed : JSON.parse(sealed);
  const endpoint: Endpoint = endpoints[call];
  return () => parts.api.call(endpoint, { params, query: {}, body, token: parts.tokenOf(as ?? 'operator'), idempotencyKey: key, timeoutMs: SETTLE_TIMEOUT_MS });
}

async function settleOne(parts: WritingCallParts, intent: JournalEntry, recordOutcome: (intent: JournalEntry, outcome: Outcome) => void): Promise<void> {
  const { call, key, process: owner } = payloadOf(intent);
  if (typeof call !== 'string' || typeof key !== 'string' || !isJournaledCall(call)) return;
  if (parts.underWay.has(key) || (typeof owner === 'number' && owner !== parts.processId && parts.isProcessAlive(owner))) return;
  const ask = callOf(parts, intent);
  // A body that cannot be opened here may be so elsewhere, where its key is: it is left open, not guessed at.
  if (typeof ask === 'string') return parts.log.write({ level: 'warning', event: 'intent_still_open', call, code: ask });

  parts.underWay.add(key);
  try {
    recordOutcome(intent, { result: 'done', settled: true, ...noteOfReply(call, await ask()) });
    parts.log.write({ level: 'info', event: 'intent_settled', call });
  } catch (thrown) {
    if (!(thrown instanceof AdminCallError)) throw thrown;
    const { failure } = thrown;
    // Only a refusal from behind the guards tells of the first attempt, which may have been answered otherwise.
    if (failure.kind === 'refused' && !guardRefusals.has(failure.problem.code)) recordOutcome(intent, { ...finalOutcome(failure), settled: true });
    else parts.log.write({ level: 'warning', event: 'intent_still_open', call });
  } finally {
    parts.underWay.delete(key);
  }
}
