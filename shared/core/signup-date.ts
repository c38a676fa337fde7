import { isPlaceholder } from './placeholder.ts';

/** Longest text of a signup date that is kept with the record. */
export const SIGNUP_DATE_MAX_LENGTH = 64;

export type SignupDateWarningCode = 'signup_date_unreadable' | 'signup_date_ambiguous' | 'signup_date_dropped';

export type CheckedSignupDate = { readonly date: string | undefined; readonly warning: SignupDateWarningCode | undefined };

const NONE: CheckedSignupDate = { date: undefined, warning: undefined };
const DAY_ALONE = /^\d{4}-\d\d-\d\d$/;
const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?$/;
const NUMERIC = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp][Mm])?)?$/;
const WORDED = /^(?:(\d{1,2}) ([A-Za-z]{3,9})\.?,? |([A-Za-z]{3,9})\.? (\d{1,2}),? )(\d{4})$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/**
 * A signup date is kept as the file has it and shown, never written (A23), so it can only warn: when it is
 * no date, when day and month cannot be told apart, and when it cannot be kept at all. Never throws.
 */
export function checkSignupDate(raw: string): CheckedSignupDate {
  if (DAY_ALONE.test(raw) && isCalendarDay(Number(raw.slice(0, 4)), Number(raw.slice(5, 7)), Number(raw.slice(8)))) return { date: raw, warning: undefined };
  if (raw.length > 4 * SIGNUP_DATE_MAX_LENGTH) return { date: undefined, warning: 'signup_date_dropped' };
  const date = raw.trim();
  if (date.length === 0 || isPlaceholder(date)) return NONE;
  if (date.length > SIGNUP_DATE_MAX_LENGTH || UNSAFE.test(date)) return { date: undefined, warning: 'signup_date_dropped' };
  return { date: date.normalize('NFC'), warning: warningFor(date) };
}

function warningFor(date: string): SignupDateWarningCode | undefined {
  const iso = ISO.exec(date);
  if (iso !== null) return isCalendarDay(Number(iso[1]), Number(iso[2]), Number(iso[3])) ? undefined : 'signup_date_unreadable';
  const numeric = NUMERIC.exec(date);
  if (numeric !== null) {
    const [first, second, year] = [Number(numeric[1]), Number(numeric[3]), Number(numeric[4])];
    const dayFirst = isCalendarDay(year, second, first);
    const monthFirst = isCalendarDay(year, first, second);
    if (dayFirst && monthFirst && first !== second) return 'signup_date_ambiguous';
    return dayFirst || monthFirst ? undefined : 'signup_date_unreadable';
  }
  const worded = WORDED.exec(date);
  if (worded === null) return 'signup_date_unreadable';
  const month = MONTHS.indexOf((worded[2] ?? worded[3] ?? '').slice(0, 3).toLowerCase()) + 1;
  return isCalendarDay(Number(worded[5]), month, Number(worded[1] ?? worded[4])) ? undefined : 'signup_date_unreadable';
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const isLeapYear = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (isLeapYear ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return day <= days;
}
