import { z } from 'zod';
import { type Snapshot, listSnapshots, snapshotSchema } from '../../shared/contract/admin/verification.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { payloadOf } from '../journal/payload.ts';
import { problem } from '../problems.ts';
import { type MirroredBatch, batchOf } from './mirrored-items.ts';
import { scopeForRun } from './run-scope.ts';

const PAGE = '1000';
/** The first line of a batch says where the next one begins: the cursor is a customer's id, so it is sealed like them. */
const headingSchema = z.strictObject({ next_cursor: z.string().nullable() });

/** How far the states before a run are in the journal. */
export interface MirroredSnapshots {
  readonly count: number;
  /** Whether the server has no more of them. */
  readonly complete: boolean;
}

/** How far they are here. */
export function mirroredSnapshots(journal: JournalReader, runId: string): MirroredSnapshots {
  return extentOf(journal.last('snapshots.mirrored', runId));
}

function extentOf(last: JournalEntry | undefined): MirroredSnapshots {
  const payload = last === undefined ? {} : payloadOf(last);
  return { count: Number(payload['to'] ?? 0), complete: payload['complete'] === true };
}

/** One batch after the other, without its heading. */
export function* snapshotBatches(journal: JournalReader, runId: string, afterEntry = 0): Iterable<MirroredBatch> {
  for (const entry of journal.entries({ runId, kind: 'snapshots.mirrored', afterSeq: afterEntry })) yield snapshotBatchOf(journal, entry);
}

/** A batch by its entry, without its heading. */
export function snapshotBatchOf(journal: JournalReader, entry: JournalEntry): MirroredBatch {
  const batch = batchOf(journal, entry);
  return { ...batch, lines: batch.lines.slice(1) };
}

export function snapshotOfLine(line: string): Snapshot {
  return snapshotSchema.parse(JSON.parse(line));
}

/**
 * Brings the states before a run that has ended into the journal, from where it had stopped. Not earlier: the server
 * gives them in the order of their customers, so a running run adds some before the cursor.
 * @throws OperatorError as the calls and the journal do
 */
export async function bringSnapshots(environment: ConnectedEnvironment, journal: Journal, runId: string, goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    const last = journal.last('snapshots.mirrored', runId);
    const { count, complete } = extentOf(last);
    const cursor = last === undefined ? null : cursorOf(journal, last);
    if (complete || cursor === undefined) return;
    const page = await environment.read(listSnapshots, { params: { run_id: runId }, query: { limit: PAGE, ...(cursor === null ? {} : { after: cursor }) } });
    if (page.next_cursor !== null && (page.next_cursor === cursor || page.items.length === 0)) throw problem('snapshots_do_not_end', 'The server gives the same prior states again', 'Nothing more was recorded of them. This admin API does not keep to its cursors.');
    const scope = scopeForRun(journal, runId);
    journal.write((writer) => {
      // Another process may have brought this page meanwhile: each enters once.
      if (extentOf(writer.last('snapshots.mirrored', runId)).count !== count || (last === undefined) !== (writer.last('snapshots.mirrored', runId) === undefined)) return;
      writer.append({
        kind: 'snapshots.mirrored',
        payload: { environment: environment.id, run_id: runId, from: page.items.length === 0 ? count : count + 1, to: count + page.items.length, complete: page.next_cursor === null },
        sealed: { scope, text: [{ next_cursor: page.next_cursor }, ...page.items].map((line) => JSON.stringify(line)).join('\n') },
      });
    });
    await environment.anchor(runId);
  }
}

/** Undefined once the run was erased. */
function cursorOf(journal: JournalReader, last: JournalEntry): string | null | undefined {
  const heading = batchOf(journal, last).lines[0];
  return heading === undefined ? undefined : headingSchema.parse(JSON.parse(heading)).next_cursor;
}
