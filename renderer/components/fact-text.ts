import type { FactValue } from '../../shared/core/facts.ts';
import { maskText } from './text.tsx';

/** A fact as it is shown; null stands for a value that is not there. Addresses, ids and names are masked where asked. */
export function factText(value: FactValue | undefined, isMasked: boolean): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return value === '' ? '(empty)' : masked(value, isMasked);
  return value.length === 0 ? '–' : value.map((text) => masked(text, isMasked)).join(', ');
}

function masked(text: string, isMasked: boolean): string {
  return isMasked && (text.includes('@') || text.startsWith('cus_')) ? maskText(text) : text;
}

/** For two lists: what the second has that the first has not. */
export function addedTo(before: FactValue, after: FactValue): readonly string[] | undefined {
  if (!isList(after) || !(before === null || isList(before))) return undefined;
  const had = new Set(before ?? []);
  const kept = (before ?? []).every((text) => after.includes(text));
  return kept ? after.filter((text) => !had.has(text)) : undefined;
}

function isList(value: FactValue): value is readonly string[] {
  return Array.isArray(value);
}
