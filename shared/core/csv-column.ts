import type { CohortField } from './check-document.ts';

/** A field of a cohort record as a CSV file may name its column. */
export type CsvColumn = {
  readonly field: CohortField;
  /** The name in the sample file, for messages. */
  readonly title: string;
  readonly required: boolean;
  /** Other names, in the form that `columnNameKey` gives. */
  readonly aliases: readonly string[];
};

/**
 * The form in which column names are compared: without case, with spaces, hyphens, underscores, dots and
 * a capital after a small letter all the same one space.
 */
export function columnNameKey(name: string): string {
  return name
    .normalize('NFC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .replace(/[\s_.-]+/gu, ' ')
    .trim();
}
