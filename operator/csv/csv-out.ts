/** What a spreadsheet takes for the start of a formula; tab and line breaks are skipped by some before they look. */
const FORMULA_START = /^[\s\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u;
const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const NEEDS_QUOTES = /[",\r\n]/;
/** By far the most usual cells: printable ASCII that no spreadsheet runs, with or without what must be quoted. */
const HARMLESS = /^[A-Za-z0-9_{[][ -~]*$/;
const CONTROL = /(?![\t\n\r])\p{Cc}/gu;

/**
 * One cell of a CSV file that people will open in a spreadsheet: what it would run as a formula gets an
 * apostrophe before it and is text; numbers stay numbers; control characters become visible.
 */
export function csvCell(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  if (HARMLESS.test(value)) return NEEDS_QUOTES.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const shown = value.replace(CONTROL, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
  const text = FORMULA_START.test(shown) && !NUMBER.test(shown) ? `'${shown}` : shown;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One record with its CR LF, as RFC 4180 writes it. */
export function csvLine(cells: readonly (string | number | boolean | null | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}
