import { z } from 'zod';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { SealNote } from './sealing.ts';

const sealNoteSchema = z.object({ scope: z.string(), sha256: z.string(), hmac: z.string() });
const noted = z.object({ sealed: sealNoteSchema.optional() });

/** An entry's payload as a value; an empty object for text that is no JSON object, which verification tells apart. */
export function payloadOf(entry: Pick<JournalEntry, 'payload'>): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(entry.payload);
    return z.record(z.string(), z.unknown()).parse(value);
  } catch {
    return {};
  }
}

/** What the chain says of the entry's sealed data; undefined when it has none. */
export function sealNoteOf(entry: Pick<JournalEntry, 'payload'>): SealNote | undefined {
  if (!entry.payload.includes('"sealed"')) return undefined;
  const parsed = noted.safeParse(payloadOf(entry));
  return parsed.success ? parsed.data.sealed : undefined;
}
