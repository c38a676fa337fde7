import type { RejectCode } from '../../shared/core/check-codes.ts';
import type { CohortField, DuplicateRow, RejectedRow, RowWarning } from '../../shared/core/check-document.ts';
import { canonicalRecordLine } from '../../shared/core/cohort.ts';
import { foldEmail } from '../../shared/core/email.ts';
import { maskEmail, maskValue } from '../../shared/core/mask.ts';
import { checkName } from '../../shared/core/person-name.ts';
import { checkSignupDate } from '../../shared/core/signup-date.ts';
import { checkStripeCustomerId } from '../../shared/core/stripe-customer-id.ts';
import { FileRefusal } from './file-refusal.ts';
import { startKeyIndex } from './key-index.ts';
import type { MappedColumns } from './map-columns.ts';

/** Where decided rows go. `candidate` may still be taken back at the end, by its number in the order of the calls. */
export type RowSink = {
  readonly candidate: (canonicalLine: string) => void;
  readonly rejected: (row: RejectedRow) => void;
  readonly duplicate: (row: DuplicateRow) => void;
  readonly warning: (row: RowWarning) => void;
};

/** A candidate that two people's Stripe id takes back. */
export type WithdrawnRow = { readonly candidate: number; readonly rejected: RejectedRow };

export type RowCheck = {
  /** Decides one record of the file. `line` is the physical line it begins on. */
  readonly take: (cells: readonly string[], line: number) => void;
  /** Blank lines that were counted without being parsed. */
  readonly skipBlank: (count: number) => void;
  readonly rows: () => number;
  readonly blank: () => number;
  /** After the last row: the candidates that must be rejected after all, in file order. */
  readonly withdrawn: () => readonly WithdrawnRow[];
};

/** More than this could not be held in memory with certainty. */
const MAX_ROWS = 5_000_000;

/**
 * Decides the rows of a file one by one (A21): blank, rejected for one reason, a later duplicate of an
 * address, or a candidate for the cohort. One Stripe id under two addresses takes back both, for either
 * could be the wrong one; so candidates are certain only at the end. `seed` makes the fingerprints of
 * duplicates unpredictable to who writes the file; `expectedRows` is a guess that saves moving things.
 */
export function startRowCheck(columns: MappedColumns, sink: RowSink, seed: number, expectedRows: number): RowCheck {
  const { width, indexOf } = columns;
  const expected = Math.min(expectedRows, MAX_ROWS);
  const emails = startKeyIndex(seed, expected);
  const stripeIds = startKeyIndex(seed, expected);
  const ownerOfStripeId: number[] = [];
  const lines: number[] = [];
  const rowNumbers: number[] = [];
  const fingerprints: number[] = [];
  const shared = new Set<number>();
  let rows = 0;
  let blank = 0;

  function reject(line: number, field: CohortField | null, code: RejectCode, masked: string): void {
    sink.rejected({ line, row: rows, field, code, masked });
  }

  function take(cells: readonly string[], line: number): void {
    const rawEmail = cells[indexOf.email] ?? '';
    if ((cells.length !== width || rawEmail.trim() === '') && cells.every((cell) => cell.trim() === '')) {
      blank += 1;
      return;
    }
    rows += 1;
    if (rows > MAX_ROWS) throw new FileRefusal('too_many_rows', line);
    if (cells.length !== width) return reject(line, null, cells.length < width ? 'too_few_cells' : 'too_many_cells', '');

    const email = foldEmail(rawEmail);
    if (!email.ok) return reject(line, 'email', email.code, maskEmail(rawEmail));
    const rawStripeId = cells[indexOf.stripe_customer_id] ?? '';
    const stripeId = checkStripeCustomerId(rawStripeId);
    if (!stripeId.ok) return reject(line, 'stripe_customer_id', stripeId.code, maskValue(rawStripeId));
    const rawName = cells[indexOf.full_name] ?? '';
    const name = checkName(rawName);
    if (!name.ok) return reject(line, 'full_name', name.code, maskValue(rawName));
    const signup = checkSignupDate(indexOf.signup_date === -1 ? '' : (cells[indexOf.signup_date] ?? ''));

    const fingerprint = fingerprintOf(`${name.name}\n${signup.date ?? ''}\n${stripeId.id}`, seed);
    const candidate = emails.numberOf(email.email);
    claimStripeId(stripeId.id, candidate);
    if (candidate < lines.length) {
      sink.duplicate({ line, row: rows, kept_line: lines[candidate] ?? line, conflicting: fingerprints[candidate] !== fingerprint });
      return;
    }
    lines.push(line);
    rowNumbers.push(rows);
    fingerprints.push(fingerprint);
    const record = { email: email.email, full_name: name.name, stripe_customer_id: stripeId.id };
    sink.candidate(canonicalRecordLine(signup.date === undefined ? record : { ...record, signup_date: signup.date }));
    for (const code of name.warnings) sink.warning({ line, row: rows, field: 'full_name', code });
    if (signup.warning !== undefined) sink.warning({ line, row: rows, field: 'signup_date', code: signup.warning });
  }

  /** A dropped duplicate claims its id too: the file still says that two people have it. */
  function claimStripeId(id: string, candidate: number): void {
    const number = stripeIds.numberOf(id);
    const owner = ownerOfStripeId[number];
    if (owner === undefined) ownerOfStripeId.push(candidate);
    else if (owner !== candidate) shared.add(owner).add(candidate);
  }

  function withdrawn(): WithdrawnRow[] {
    return [...shared]
      .sort((first, second) => first - second)
      .map((candidate) => ({
        candidate,
        rejected: { line: lines[candidate] ?? 1, row: rowNumbers[candidate] ?? 1, field: 'stripe_customer_id', code: 'stripe_id_shared', masked: 'cus_***' },
      }));
  }

  return { take, skipBlank: (count) => void (blank += count), rows: () => rows, blank: () => blank, withdrawn };
}

/** 53 bits, enough to tell whether two rows of one address differ. Never leaves this process. */
function fingerprintOf(text: string, seed: number): number {
  let high = seed | 0;
  let low = ~seed | 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x85ebca6b);
    low = Math.imul(low ^ unit ^ (high >>> 15), 0xc2b2ae35);
  }
  high ^= high >>> 16;
  low ^= low >>> 13;
  return (high >>> 0) * 0x20_0000 + (low >>> 11);
}
