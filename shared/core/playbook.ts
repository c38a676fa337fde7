import type { z } from 'zod';
import type { PlanAction, PlanMatch } from './plan-row.ts';

/** A word for chips and columns, and a sentence that explains it. */
export type Wording = { readonly title: string; readonly sentence: string };

/** A field of a record and the headers by which it is found in a file (A1). */
export type Column<Field extends string = string> = {
  readonly field: Field;
  /** As people call it. */
  readonly title: string;
  readonly isRequired: boolean;
  /** Headers that mean this field, the source document's own one first. */
  readonly headers: readonly string[];
  readonly hint: string;
};

/** What a playbook is to everyone: what it reads, what it asks of a migration, and how it speaks. */
export type Playbook<Field extends string = string> = {
  readonly id: string;
  /** Part of every plan hash: raised whenever the same facts would be planned differently. */
  readonly version: string;
  readonly title: string;
  readonly summary: string;
  readonly columns: readonly Column<Field>[];
  readonly settingsSchema: z.ZodType;
  /** Name of the sample under `resources/samples`. */
  readonly sampleFile: string;
  readonly matches: Readonly<Record<PlanMatch, Wording>>;
  readonly actions: Readonly<Record<PlanAction, Wording>>;
  readonly fields: Readonly<Record<string, Wording>>;
  readonly warnings: Readonly<Record<string, Wording>>;
};
