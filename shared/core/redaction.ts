import type { Facts, FactValue } from './facts.ts';
import type { KeyedHash } from './keyed-hash.ts';
import type { RunItem } from './run-item.ts';

/** Facts whose texts are of the migration, not of a person. Every other text is taken for personal. */
const IMPERSONAL_FACTS: ReadonlySet<string> = new Set(['migration.cohort']);

/**
 * What stands for a personal text in a redacted report: the same text gives the same word within a run, and whoever
 * has the text and the run's key can show that it was meant. Nobody can read it back.
 */
export function redactedText(keyedHash: KeyedHash, text: string): string {
  return `redacted:${keyedHash(text).slice(0, 32)}`;
}

/** Facts with their texts redacted; numbers, truth values and names of facts stay. */
function redactFacts(facts: Facts, keyedHash: KeyedHash): Record<string, string | number | boolean | null | string[]> {
  const redact = (value: FactValue): string | number | boolean | null | string[] => {
    if (typeof value === 'string') return redactedText(keyedHash, value);
    return isList(value) ? value.map((text) => redactedText(keyedHash, text)) : value;
  };
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, IMPERSONAL_FACTS.has(name) ? copyOf(value) : redact(value)]));
}

/** An item without personal data: address, id, texts of facts and free sentences redacted; place, outcome, code and time stay. */
export function redactItem(item: RunItem, keyedHash: KeyedHash): RunItem {
  const text = (value: string): string => redactedText(keyedHash, value);
  const facts = (value: Facts): ReturnType<typeof redactFacts> => redactFacts(value, keyedHash);
  const common = {
    seq: item.seq,
    row: item.row,
    email: text(item.email),
    user_id: item.user_id === null ? null : text(item.user_id),
    before: item.before === null ? null : facts(item.before),
    after: item.after === null ? null : facts(item.after),
    ...(item.reason === undefined ? {} : { reason: text(item.reason) }),
    at: item.at,
  };
  switch (item.outcome) {
    case 'drifted':
    case 'kept_changed_since':
      return { ...common, outcome: item.outcome, planned: facts(item.planned), now: facts(item.now) };
    case 'failed':
      return { ...common, outcome: 'failed', code: item.code, message: text(item.message), field: item.field };
    default:
      return { ...common, outcome: item.outcome };
  }
}

function copyOf(value: FactValue): string | number | boolean | null | string[] {
  return isList(value) ? [...value] : value;
}

function isList(value: FactValue): value is readonly string[] {
  return Array.isArray(value);
}
