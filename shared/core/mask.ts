/**
 * Masks keep enough of a value to find it in the file, and never the value: not even one of a single
 * character.
 */

const FIRST_SHOWN = /^[\p{L}\p{N}#]/u;
const PLAIN_TOP_LEVEL = /^\.[A-Za-z]{2,24}$/;

/** `ann@example.com` as `a***@e***.com`; what is no such address is masked as any other value. */
export function maskEmail(value: string): string {
  const text = value.length > 400 ? value.slice(0, 400) : value.trim();
  const at = text.indexOf('@');
  if (at < 1 || at !== text.lastIndexOf('@')) return maskValue(value);
  const domain = text.slice(at + 1);
  const topLevel = domain.slice(domain.lastIndexOf('.'));
  if (!PLAIN_TOP_LEVEL.test(topLevel)) return maskValue(value);
  const host = domain.slice(0, domain.length - topLevel.length);
  return neverWhole(`${firstOf(text.slice(0, at))}***@${firstOf(host)}***${topLevel}`, text);
}

/** The first letter and `***`; of a value of two characters or fewer, `***` alone. White space alone stays empty. */
export function maskValue(value: string): string {
  const text = value.trim();
  if (text.length === 0) return '';
  if (text.startsWith('cus_') && text.length > 6) return 'cus_***';
  return neverWhole(`${firstOf(text)}***`, text);
}

/** One letter, digit or # and only when more than two characters are left to hide. */
function firstOf(text: string): string {
  if (text.length <= 2) return '';
  return FIRST_SHOWN.exec(text.slice(0, 2))?.[0] ?? '';
}

/** A value made of the mask's own signs would show itself. */
function neverWhole(masked: string, text: string): string {
  return masked.includes(text) ? '(hidden)' : masked;
}
