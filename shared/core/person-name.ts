import { isNamePlaceholder } from './placeholder.ts';

/**
 * A person's name: how it is kept, the key it is matched by (A7), and what makes it look risky.
 * The key decides a name-only match, so it is computed here alone and stored; no database function may
 * stand in for it.
 */

/** Longest name that is kept, in code points. */
export const NAME_MAX_LENGTH = 200;
/** Before normalising: a base letter with marks shrinks at most this much, and the check must stay cheap. */
const RAW_MAX_LENGTH = 4 * NAME_MAX_LENGTH;
/** Scripts that stack marks stop at four a letter; more is decoration that hides what is under it. */
const MARKS_MAX_RUN = 4;

export type NameRejectCode = 'name_missing' | 'name_too_long' | 'name_control_character' | 'name_stacked_marks';

export type NameWarningCode =
  | 'name_bidi_control'
  | 'name_invisible_character'
  | 'name_mixed_scripts'
  | 'name_look_alike'
  | 'name_damaged'
  | 'name_formula'
  | 'name_markup';

export type CheckedName =
  | { readonly ok: true; readonly name: string; readonly warnings: readonly NameWarningCode[] }
  | { readonly ok: false; readonly code: NameRejectCode };

const PLAIN_NAME = /^[A-Za-z][A-Za-z.'’-]*(?: [A-Za-z.'’-]+)*$/;
const WHITE_SPACE = /\s+/gu;
/** Controls, line and paragraph separators, half surrogates, and code points that are no characters. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u{fdd0}-\u{fdef}\u{fffe}\u{ffff}]/u;
const STACKED_MARKS = new RegExp(`\\p{M}{${MARKS_MAX_RUN + 1}}`, 'u');
const BIDI_CONTROL = /\p{Bidi_Control}/u;
const INVISIBLE = /[\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}\u{2800}]/u;
const NO_WARNINGS: readonly NameWarningCode[] = [];

/** NFC, outer white space removed, inner white space (line breaks and tabs too) one space each. */
export function displayName(raw: string): string {
  return raw.normalize('NFC').replace(WHITE_SPACE, ' ').trim();
}

/**
 * The key of a name-only match (A7): NFC, Unicode lower-case, trimmed, inner white space collapsed.
 * The key of a key is that key.
 */
export function nameKey(name: string): string {
  return displayName(name.normalize('NFC').toLowerCase());
}

/**
 * Checks a name and says what looks risky about it. A name that cannot be shown or compared safely is
 * refused; a name that merely looks odd is kept with warnings. Never throws, linear in the length.
 */
export function checkName(raw: string): CheckedName {
  if (isNamePlaceholder(raw)) return { ok: false, code: 'name_missing' };
  if (raw.length <= NAME_MAX_LENGTH && PLAIN_NAME.test(raw)) return { ok: true, name: raw, warnings: NO_WARNINGS };
  if (raw.length > RAW_MAX_LENGTH) return { ok: false, code: 'name_too_long' };
  const name = displayName(raw);
  if (name.length === 0 || isNamePlaceholder(name)) return { ok: false, code: 'name_missing' };
  if (CONTROL.test(name)) return { ok: false, code: 'name_control_character' };
  if (codePointCount(name) > NAME_MAX_LENGTH) return { ok: false, code: 'name_too_long' };
  if (STACKED_MARKS.test(name)) return { ok: false, code: 'name_stacked_marks' };
  return { ok: true, name, warnings: nameWarnings(name) };
}

/** What looks risky about a name that is already in its kept form; an empty list for most names. */
export function nameWarnings(name: string): readonly NameWarningCode[] {
  if (PLAIN_NAME.test(name)) return NO_WARNINGS;
  const warnings: NameWarningCode[] = [];
  if (BIDI_CONTROL.test(name)) warnings.push('name_bidi_control');
  if (INVISIBLE.test(withoutBidiControls(name))) warnings.push('name_invisible_character');
  if (mixesScripts(name)) warnings.push('name_mixed_scripts');
  if (hasLookAlikes(name)) warnings.push('name_look_alike');
  if (name.includes('\u{fffd}')) warnings.push('name_damaged');
  if (/^[=+\-@]/.test(name)) warnings.push('name_formula');
  if (/[<>]/.test(name)) warnings.push('name_markup');
  return warnings;
}

function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function withoutBidiControls(name: string): string {
  return name.replace(/\p{Bidi_Control}/gu, '');
}

const ALPHABETS: readonly RegExp[] = [
  /\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u, /\p{Script=Georgian}/u,
  /\p{Script=Hebrew}/u, /\p{Script=Arabic}/u, /\p{Script=Cherokee}/u, /\p{Script=Coptic}/u, /\p{Script=Lisu}/u,
];

/** Alphabets are not mixed in one name. East Asian names that add Latin letters are usual, so those scripts do not count. */
function mixesScripts(name: string): boolean {
  return ALPHABETS.filter((alphabet) => alphabet.test(name)).length > 1;
}

/** Words wholly of Cyrillic or Greek letters that are drawn as Latin ones; several scripts' worth of copies of Latin letters. */
const DRAWN_AS_LATIN = /^[аАВеЕёЁКМНоОрРсСТуУхХіІїЇјЈѕЅһҺԁԛԜԝΑΒΕΖΗΙΚΜΝΟοΡρΤΥΧν]{2,}$/u;
const STYLED_LATIN = /[\u{ff21}-\u{ff3a}\u{ff41}-\u{ff5a}\u{1d400}-\u{1d7ff}\u{2100}-\u{214f}\u{24b6}-\u{24e9}\u{1f130}-\u{1f189}\u{250}-\u{2af}]/u;

function hasLookAlikes(name: string): boolean {
  return STYLED_LATIN.test(name) || name.split(' ').some((word) => DRAWN_AS_LATIN.test(word));
}
