/** Control and format characters, separators, and lone surrogates: what could hide or turn text round. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;
const SPECIAL = /[&<>"']/g;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for HTML, in elements and attributes alike. Characters that nobody sees are shown as their codes (`U+202E`). */
export function htmlText(text: string): string {
  return text.replace(SPECIAL, (character) => entities[character] ?? '').replace(INVISIBLE, (character) => `<span class="code">${codeOf(character)}</span>`);
}

/** Numbers grouped in threes, the same in every locale. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, '\u2009');
}

/** `1 row`, `2 rows`. */
export function counted(count: number, word: string): string {
  return `${grouped(count)} ${word}${count === 1 ? '' : 's'}`;
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
