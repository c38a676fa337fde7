import type { z } from 'zod';
import type { CsvColumn } from './csv-column.ts';
import type { PlanAction, PlanMatch } from './plan-row.ts';

/** A word for chips and columns, and a sentence that explains it. */
export type Wording = { readonly title: string; readonly sentence: string };

/** What a playbook is to everyone: what it reads, what it asks of a migration, and how it speaks. */
export type Playbook = {
  readonly id: string;
  /** Part of every plan hash: raised whenever the same facts would be planned differently. */
  readonly version: string;
  readonly title: string;
  readonly summary: string;
  readonly columns: readonly CsvColumn[];
  readonly settingsSchema: z.ZodType;
  /** Name of the sample under `resources/samples`. */
  readonly sampleFile: string;
  readonly matches: Readonly<Record<PlanMatch, Wording>>;
  readonly actions: Readonly<Record<PlanAction, Wording>>;
  readonly fields: Readonly<Record<string, Wording>>;
  readonly warnings: Readonly<Record<string, Wording>>;
};
