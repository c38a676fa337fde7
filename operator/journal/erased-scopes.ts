import { problem } from '../problems.ts';
import type { JournalReader } from './journal.ts';
import { payloadOf, sealNoteOf } from './payload.ts';

/** Destroys the keys that an erasure named and did not come to, up to the last entry that is vouched for: the process was killed between entry and key. */
export function finishErasures(journal: JournalReader, vouchedTo: number, destroyKey: (scope: string) => void): void {
  for (const entry of journal.entries({ kind: 'journal.erased' })) if (entry.seq <= vouchedTo) for (const scope of scopesOf(payloadOf(entry)['scopes'])) destroyKey(scope);
}

/**
 * What was about to be sent may have to be asked again, and its body is under the scope's key: erased, nobody could say
 * any more what came of it.
 * @throws OperatorError `journal_intent_open`
 */
export function refuseOpenIntents(journal: JournalReader, scopes: readonly string[]): void {
  const erased = new Set(scopes);
  const open = journal.openIntents().filter((intent) => erased.has(sealNoteOf(intent)?.scope ?? ''));
  const [first] = open;
  if (first === undefined) return;
  throw problem('journal_intent_open', 'A call about these people has no known outcome yet', `Entry ${first.seq} says what was about to be sent; its key is needed to ask what came of it. Connect to its environment, which settles it, then erase. Nothing was erased.`);
}

function scopesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((scope) => typeof scope === 'string') : [];
}
