import { isPlaceholder } from './placeholder.ts';

/**
 * The one fold of an e-mail address into the key that decides who is who (A6, A21).
 * ASCII alone is let in and A-Z alone is folded, so no locale, database collation or Unicode table can
 * make two systems disagree, and no look-alike letter can fold into somebody else's address.
 */

/** Longest address that can be delivered to, RFC 5321 4.5.3.1.3 less its angle brackets. */
export const EMAIL_MAX_LENGTH = 254;
/** Longest local part, RFC 5321 4.5.3.1.1. */
export const EMAIL_LOCAL_MAX_LENGTH = 64;
const DOMAIN_LABEL_MAX_LENGTH = 63;
/** White space around an address is forgiven, but not without end. */
const RAW_MAX_LENGTH = 1024;

/** Most addresses, short enough that no part of them can be too long. Each sign has one way to match, so it is linear. */
const USUAL = /^[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,}$/;

export type EmailRejectCode =
  | 'email_missing'
  | 'email_too_long'
  | 'email_not_ascii'
  | 'email_control_character'
  | 'email_inner_space'
  | 'email_display_form'
  | 'email_several'
  | 'email_malformed';

export type FoldedEmail = { readonly ok: true; readonly email: string } | { readonly ok: false; readonly code: EmailRejectCode };

/**
 * Trims, folds A-Z and checks an address (A21). Linear in the length of `raw`, and bounded: the length is
 * judged before any character is. Never throws. The result of folding a folded address is that address.
 */
export function foldEmail(raw: string): FoldedEmail {
  if (raw.length > RAW_MAX_LENGTH) return refuse('email_too_long');
  const text = raw.trim();
  if (text.length > EMAIL_MAX_LENGTH) return refuse('email_too_long');
  if (text.length === 0 || isPlaceholder(text)) return refuse('email_missing');

  if (text.length <= EMAIL_LOCAL_MAX_LENGTH && USUAL.test(text)) return { ok: true, email: text.toLowerCase() };

  const at = text.indexOf('@');
  let code: EmailRejectCode | undefined = at < 1 || at === text.length - 1 ? 'email_malformed' : undefined;
  let hasUpperCase = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7e || unit < 0x21) return refuse(outsideVisibleAscii(text));
    if (unit >= 0x41 && unit <= 0x5a) hasUpperCase = true;
    if (index === at) continue;
    if (!isAllowed(unit, at === -1 || index < at)) code = worse(code, unit);
  }
  if (code !== undefined) return refuse(code);
  if (at > EMAIL_LOCAL_MAX_LENGTH) return refuse('email_too_long');
  if (!isDotAtom(text, at) || !isHostName(text, at + 1)) return refuse('email_malformed');
  return { ok: true, email: hasUpperCase ? foldAsciiUpperCase(text) : text };
}

function refuse(code: EmailRejectCode): FoldedEmail {
  return { ok: false, code };
}

/** Names the gravest reason among characters that are not visible ASCII. */
function outsideVisibleAscii(text: string): EmailRejectCode {
  let code: EmailRejectCode = 'email_inner_space';
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return 'email_not_ascii';
    if (unit < 0x20 || unit === 0x7f) code = 'email_control_character';
    if ((unit === 0x3c || unit === 0x3e) && code === 'email_inner_space') code = 'email_display_form';
  }
  return code;
}

function worse(code: EmailRejectCode | undefined, unit: number): EmailRejectCode {
  if (code !== undefined && code !== 'email_malformed') return code;
  if (unit === 0x3c || unit === 0x3e) return 'email_display_form';
  if (unit === 0x2c || unit === 0x3b) return 'email_several';
  return 'email_malformed';
}

/** Dot-atom characters of RFC 5322 in the local part; letters, digits, hyphen and dot in the domain. */
function isAllowed(unit: number, inLocalPart: boolean): boolean {
  if ((unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x30 && unit <= 0x39)) return true;
  if (unit === 0x2e || unit === 0x2d) return true;
  return inLocalPart && "!#$%&'*+/=?^_`{|}~".includes(String.fromCharCode(unit));
}

/** No dot at either end of the local part, and no two in a row. */
function isDotAtom(text: string, end: number): boolean {
  let previous = 0x2e;
  for (let index = 0; index < end; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === 0x2e && previous === 0x2e) return false;
    previous = unit;
  }
  return previous !== 0x2e;
}

/** Two labels at least, none empty, none over 63, no hyphen at a label's end, the last one not all digits. */
function isHostName(text: string, start: number): boolean {
  let labelStart = start;
  let labels = 0;
  let lastHasLetter = false;
  for (let index = start; index <= text.length; index += 1) {
    const unit = index === text.length ? 0x2e : text.charCodeAt(index);
    if (unit !== 0x2e) {
      if (unit > 0x39) lastHasLetter = true;
      continue;
    }
    const length = index - labelStart;
    if (length === 0 || length > DOMAIN_LABEL_MAX_LENGTH) return false;
    if (text.charCodeAt(labelStart) === 0x2d || text.charCodeAt(index - 1) === 0x2d) return false;
    labels += 1;
    labelStart = index + 1;
    if (index < text.length) lastHasLetter = false;
  }
  return labels >= 2 && lastHasLetter;
}

/** On text that is ASCII alone, lower-casing folds A-Z and nothing else. */
function foldAsciiUpperCase(asciiText: string): string {
  return asciiText.toLowerCase();
}
