import type { RunCall } from '../../shared/contract/operator/runs.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { JournalReader } from '../journal/journal.ts';
import { payloadOf } from '../journal/payload.ts';
import { titleOf } from '../journal/titles.ts';

const CALLS_MAX = 500;

/**
 * The calls that began a run or were made to it, from the journal: each intent with its outcome. Works without a server
 * and without the run's key, since neither holds anything personal in the clear.
 */
export function callsOfRun(journal: JournalReader, runId: string): RunCall[] {
  const intents = new Map<number, JournalEntry>();
  const outcomes = new Map<number, JournalEntry>();
  for (const intent of journal.entries({ runId, kind: 'intent' })) intents.set(intent.seq, intent);
  for (const outcome of journal.entries({ runId, kind: 'outcome' })) {
    const place = payloadOf(outcome)['intent'];
    const intent = typeof place === 'number' ? journal.get(place) : undefined;
    if (intent === undefined) continue;
    intents.set(intent.seq, intent);
    outcomes.set(intent.seq, outcome);
  }
  return [...intents.values()]
    .toSorted((one, other) => one.seq - other.seq)
    .slice(-CALLS_MAX)
    .map((intent) => callOf(intent, outcomes.get(intent.seq) ?? journal.outcomeOf(intent.seq)));
}

function callOf(intent: JournalEntry, outcome: JournalEntry | undefined): RunCall {
  const { result, code, at } = outcome === undefined ? {} : payloadOf(outcome);
  return {
    seq: intent.seq,
    title: titleOf(intent).replace('About to: ', ''),
    asked_at: text(payloadOf(intent)['at']),
    result: result === 'done' || result === 'refused' || result === 'not_sent' || result === 'not_understood' ? result : 'open',
    code: text(code),
    ended_at: text(at),
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
