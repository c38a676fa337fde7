/** What spreadsheets and exports print where there is no value. */
const NO_VALUE: ReadonlySet<string> = new Set([
  'null', '(null)', 'undefined', 'n/a', '#n/a', '#ref!', '#value!', '#name?', '#null!', '-', '--',
]);
/** Words that stand for no value among addresses, ids and dates, but are names of people too. */
const NO_VALUE_WORDS: ReadonlySet<string> = new Set(['nil', 'none', 'nan', 'na', 'unknown']);
const LONGEST = 9;

/** Whether a cell that holds an address, an id or a date says "no value" in words. `text` is trimmed. */
export function isPlaceholder(text: string): boolean {
  return text.length <= LONGEST && (NO_VALUE.has(text.toLowerCase()) || NO_VALUE_WORDS.has(text.toLowerCase()));
}

/** The same for a name: there are people called Nan and None. `text` is trimmed. */
export function isNamePlaceholder(text: string): boolean {
  return text.length <= LONGEST && NO_VALUE.has(text.toLowerCase());
}
