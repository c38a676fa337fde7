import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../operator/durable-file.ts';
import { themeChoiceSchema } from '../shared/contract/window/events.ts';

const choicesSchema = z.strictObject({
  theme: themeChoiceSchema,
  /** Whether closing during a run says that the run goes on. */
  says_run_goes_on: z.boolean(),
});
type Choices = z.infer<typeof choicesSchema>;

/** What a person has chosen about the app itself, which it must know before there is a page. */
export interface KeptChoices {
  get(): Choices;
  set(change: Partial<Choices>): void;
}

/** Keeps them in `app.json` under the home. Losing them is no harm: the app then is as it was at first. */
export function openKeptChoices(home: string): KeptChoices {
  const file = join(home, 'app.json');
  let choices = readChoices(file);
  return {
    get: () => choices,
    set(change) {
      const changed = { ...choices, ...change };
      if (JSON.stringify(changed) === JSON.stringify(choices)) return;
      choices = changed;
      try {
        writeDurably(file, JSON.stringify(choices));
      } catch {
        // They last as long as the app is open.
      }
    },
  };
}

function readChoices(file: string): Choices {
  try {
    return choicesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { theme: 'auto', says_run_goes_on: true };
  }
}
