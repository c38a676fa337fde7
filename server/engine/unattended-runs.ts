import { sql } from 'kysely';
import { jsonText } from '../store/json-text.ts';
import type { Store } from '../store/store.ts';
import { kindsInBatches } from './run-works.ts';

/**
 * Runs that should be going on. Adding a job for one that is attended already does nothing: the queue holds one waiting
 * job a run, and batches of a run are serial whoever takes them.
 */
export async function unattendedRuns(store: Store): Promise<readonly string[]> {
  return store.inReadTx(async (tx) => {
    const { rows } = await sql<{ id: string }>`select id from runs
      where kind in (select jsonb_array_elements_text(${jsonText(kindsInBatches)}::text::jsonb)) and state in ('queued', 'running', 'pausing', 'stopping') order by created_at`.execute(tx);
    return rows.map((row) => row.id);
  });
}
