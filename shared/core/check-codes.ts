import { z } from 'zod';
import type { EmailRejectCode } from './email.ts';
import type { NameRejectCode, NameWarningCode } from './person-name.ts';
import type { SignupDateWarningCode } from './signup-date.ts';
import type { StripeIdRejectCode } from './stripe-customer-id.ts';

/** What is wrong, in one plain sentence, and what the person who has the file can do about it. */
export type CheckWording = { readonly reason: string; readonly remedy: string };

const CORRECT_ADDRESS = 'Correct the address in the source and check the file again.';
const LOOK_AT_NAME = 'Compare it with the customer record before you go on.';
const EXPORT_AGAIN = 'Export the file again as "CSV UTF-8".';

/** Why one row is left out. Each row has one code, the first that applies in the order address, Stripe id, name. */
export const rejectWordings = {
  too_few_cells: { reason: 'The row has fewer cells than the header.', remedy: 'Look for a missing delimiter or a line break inside a cell that is not quoted.' },
  too_many_cells: { reason: 'The row has more cells than the header.', remedy: 'Put cells that contain the delimiter in double quotes.' },
  email_missing: { reason: 'There is no e-mail address.', remedy: 'Fill in the address, or leave the row out on purpose.' },
  email_too_long: { reason: 'The e-mail address is longer than any address may be (64 before the @, 254 in all).', remedy: CORRECT_ADDRESS },
  email_not_ascii: { reason: 'The e-mail address holds a letter outside plain ASCII; it may only look like the right one.', remedy: 'Type the address again with a plain keyboard; write an international domain in its xn-- form.' },
  email_control_character: { reason: 'The e-mail address holds a control character.', remedy: 'Type the address again.' },
  email_inner_space: { reason: 'The e-mail address has a space inside.', remedy: CORRECT_ADDRESS },
  email_display_form: { reason: 'The cell holds a name and an address in angle brackets.', remedy: 'Keep the address alone.' },
  email_several: { reason: 'The cell holds more than one e-mail address.', remedy: 'Keep one address a row.' },
  email_malformed: { reason: 'This is no e-mail address.', remedy: CORRECT_ADDRESS },
  stripe_id_missing: { reason: 'There is no Stripe customer id.', remedy: 'Fill in the id from Stripe (cus_...).' },
  stripe_id_too_long: { reason: 'The Stripe customer id is longer than any id may be.', remedy: 'Copy the id from Stripe again (cus_...).' },
  stripe_id_number: { reason: 'A spreadsheet has turned the Stripe customer id into a number.', remedy: 'Format the column as text, paste the ids from Stripe again and export once more.' },
  stripe_id_malformed: { reason: 'This is no Stripe customer id: cus_ and then letters and digits alone.', remedy: 'Copy the id from Stripe again (cus_...).' },
  stripe_id_shared: { reason: 'Two people in the file have this Stripe customer id, so neither can be trusted.', remedy: 'Find out in Stripe whose id it is and correct the other row.' },
  name_missing: { reason: 'There is no name.', remedy: 'Fill in the full name.' },
  name_too_long: { reason: 'The name is longer than 200 characters.', remedy: 'Correct the name in the source.' },
  name_control_character: { reason: 'The name holds control characters.', remedy: 'Type the name again.' },
  name_stacked_marks: { reason: 'The name piles more marks on a letter than any script does.', remedy: 'Type the name again.' },
} as const satisfies Record<
  EmailRejectCode | NameRejectCode | StripeIdRejectCode | 'too_few_cells' | 'too_many_cells' | 'stripe_id_shared',
  CheckWording
>;

/** What looks risky about a row that goes on. */
export const warningWordings = {
  name_bidi_control: { reason: 'The name holds marks that turn the writing direction and can make it read as another.', remedy: LOOK_AT_NAME },
  name_invisible_character: { reason: 'The name holds characters that cannot be seen.', remedy: LOOK_AT_NAME },
  name_mixed_scripts: { reason: 'The name mixes letters of two alphabets.', remedy: LOOK_AT_NAME },
  name_look_alike: { reason: 'The name holds letters that look like Latin ones but are others.', remedy: LOOK_AT_NAME },
  name_damaged: { reason: 'A letter of the name was lost before this file was written (it holds the replacement sign).', remedy: EXPORT_AGAIN },
  name_formula: { reason: 'The name begins like a spreadsheet formula.', remedy: 'It is text here and is neutralised in every export.' },
  name_markup: { reason: 'The name holds angle brackets.', remedy: 'It is shown as text everywhere.' },
  signup_date_unreadable: { reason: 'The signup date is no date.', remedy: 'It is kept as it stands and never written.' },
  signup_date_ambiguous: { reason: 'Day and month of the signup date cannot be told apart.', remedy: 'It is kept as it stands and never written.' },
  signup_date_dropped: { reason: 'The signup date is too long or holds control characters, and is left out.', remedy: 'It is never written; correct it in the source if you need it in the report.' },
} as const satisfies Record<NameWarningCode | SignupDateWarningCode, CheckWording>;

/** Why a whole file is refused. Nothing of a refused file goes on. */
export const fileErrorWordings = {
  not_found: { reason: 'There is no such file.', remedy: 'Check the path.' },
  not_a_file: { reason: 'This is no file but a folder or a device.', remedy: 'Name one CSV file.' },
  unreadable: { reason: 'The file cannot be read.', remedy: 'Check its permissions, and that no other program holds it.' },
  file_too_large: { reason: 'The file is larger than 2 GB.', remedy: 'Split it.' },
  too_many_rows: { reason: 'The file has more than 5,000,000 rows.', remedy: 'Split it.' },
  file_changed: { reason: 'The file changed while it was being read.', remedy: 'Close the program that writes it and check again.' },
  empty: { reason: 'The file is empty.', remedy: 'Export it again.' },
  no_header: { reason: 'There is no header row: the first row holds values.', remedy: 'Add a first row that names the columns.' },
  no_rows: { reason: 'There is a header and nothing below it. No rows is never a cohort, and never "everyone".', remedy: 'Export it again.' },
  workbook: { reason: 'This is a spreadsheet workbook, not a CSV file.', remedy: 'Open it and save it as "CSV UTF-8".' },
  binary_file: { reason: 'This is no text file.', remedy: EXPORT_AGAIN },
  html_page: { reason: 'This is a web page, most likely a sign-in page saved instead of the export.', remedy: 'Sign in where the export comes from and download it again.' },
  nul_byte: { reason: 'The file holds NUL bytes: it is damaged, or UTF-16 without its mark.', remedy: EXPORT_AGAIN },
  not_utf8: { reason: 'The file is not UTF-8.', remedy: 'If it comes from an older Windows program, check it with --encoding windows-1252; otherwise export it again as "CSV UTF-8".' },
  truncated_character: { reason: 'The file ends in the middle of a character: its end is missing.', remedy: 'Export or copy it again.' },
  not_utf16: { reason: 'The file says it is UTF-16, and is not.', remedy: EXPORT_AGAIN },
  encoding_mismatch: { reason: 'The file begins with the mark of another encoding than the one asked for.', remedy: 'Leave the encoding out.' },
  unknown_encoding: { reason: 'This encoding is not known.', remedy: 'Use utf-8, utf-16le, utf-16be or windows-1252.' },
  unknown_delimiter: { reason: 'This delimiter cannot be used.', remedy: 'Use comma, semicolon, tab or pipe.' },
  unclosed_quote: { reason: 'A double quote is opened and never closed; it would swallow the rest of the file.', remedy: 'Close the quote, or double it if it belongs to the text.' },
  text_after_quote: { reason: 'There is text after a closing double quote.', remedy: 'Put the whole cell in quotes and double the quotes inside.' },
  bare_quote: { reason: 'There is a double quote inside a cell that is not quoted.', remedy: 'Put the whole cell in quotes and double the quotes inside.' },
  stray_line_break: { reason: 'The file mixes kinds of line breaks so that a row could be cut in two.', remedy: EXPORT_AGAIN },
  row_too_long: { reason: 'A row is longer than 16 million characters.', remedy: 'Look for a quote that is opened and not closed.' },
  too_many_columns: { reason: 'The file has more than 200 columns.', remedy: 'Keep the columns that are needed.' },
  header_too_long: { reason: 'The header row, or a name in it, is longer than any header is.', remedy: 'Look for missing line breaks, for a quote that is left open, and whether there is a header at all.' },
  title_row: { reason: 'There is a title above the header.', remedy: 'Delete the lines above the header.' },
  invisible_in_header: { reason: 'A column name holds a character that cannot be seen.', remedy: 'Type the column names again.' },
  duplicate_header: { reason: 'Two columns have the same name.', remedy: 'Rename or remove one of them.' },
  ambiguous_column: { reason: 'Two columns could be the same field.', remedy: 'Say which one with --map FIELD=HEADER, or remove the other.' },
  missing_column: { reason: 'A required column is missing.', remedy: 'Name the column as in the sample file, or map it with --map FIELD=HEADER.' },
  unknown_mapping: { reason: 'The mapping names a field or a column that is not there.', remedy: 'Look at the spelling; fields are full_name, email, stripe_customer_id and signup_date.' },
  secret_column: { reason: 'A column looks like it holds passwords, tokens or other secrets.', remedy: 'Remove the column: nothing of this file was kept.' },
} as const satisfies Record<string, CheckWording>;

export type RejectCode = keyof typeof rejectWordings;
export type WarningCode = keyof typeof warningWordings;
export type FileErrorCode = keyof typeof fileErrorWordings;

export const rejectCodeSchema = z.enum(keysOf(rejectWordings));
export const warningCodeSchema = z.enum(keysOf(warningWordings));
export const fileErrorCodeSchema = z.enum(keysOf(fileErrorWordings));

/** The keys of a table of wordings, typed; the order is that of the table. */
function keysOf<Key extends string>(table: Record<Key, CheckWording>): Key[] {
  return Object.keys(table).filter((key): key is Key => Object.hasOwn(table, key));
}
