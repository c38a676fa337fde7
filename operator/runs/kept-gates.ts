import { z } from 'zod';
import { type RunGate, gateTitleOf, runGateSchema } from '../../shared/core/gates.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { payloadOf } from '../journal/payload.ts';
import { scopeForRun, unlessErased } from './run-scope.ts';

const clearSchema = z.object({ ended: z.boolean(), gates: z.array(runGateSchema.pick({ name: true, state: true })) });
const sealedSchema = z.array(runGateSchema);

/** The gates that a run had to pass, passed and not passed, as they were mirrored last. `ended`: seen after the run had. */
export interface KeptGates {
  readonly ended: boolean;
  /** Of an erased run `detail` is empty. */
  readonly gates: readonly RunGate[];
}

/** Undefined where none were ever mirrored. */
export function gatesInJournal(journal: JournalReader, runId: string): KeptGates | undefined {
  const entry = journal.last('gates.mirrored', runId);
  return entry === undefined ? undefined : keptIn(journal, entry);
}

/** Journals the gates where they stand otherwise than before; sealed, since they name files and people. Of an erased run nothing is. */
export function keepGates(journal: Journal, environmentId: string, runId: string, { ended, gates }: KeptGates): void {
  if (isKnown(journal, runId, { ended, gates })) return;
  unlessErased(() => {
    const scope = gates.length === 0 ? undefined : scopeForRun(journal, runId);
    journal.write((writer) => {
      if (isKnown(writer, runId, { ended, gates })) return;
      writer.append({
        kind: 'gates.mirrored',
        payload: { environment: environmentId, run_id: runId, ended, gates: gates.map(({ name, state }) => ({ name, state })) },
        ...(scope === undefined ? {} : { sealed: { scope, text: JSON.stringify(gates) } }),
      });
    });
  });
}

function isKnown(journal: JournalReader, runId: string, now: KeptGates): boolean {
  const entry = journal.last('gates.mirrored', runId);
  const known = entry === undefined ? undefined : keptIn(journal, entry);
  return known !== undefined && JSON.stringify(known) === JSON.stringify({ ended: now.ended, gates: now.gates });
}

function keptIn(journal: JournalReader, entry: JournalEntry): KeptGates | undefined {
  const clear = clearSchema.safeParse(payloadOf(entry));
  if (!clear.success) return undefined;
  const text = journal.openSealed(entry);
  const sealed = text === undefined ? undefined : sealedSchema.safeParse(JSON.parse(text));
  const gates = sealed?.success === true ? sealed.data : clear.data.gates.map(({ name, state }) => ({ name, title: gateTitleOf(name), state, detail: '' }));
  return { ended: clear.data.ended, gates };
}
