import { sql } from 'kysely';
import type { RunState } from '../../shared/core/run-state.ts';
import { jsonText } from '../store/json-text.ts';
import type { Store } from '../store/store.ts';
import type { RunStand } from './run-watch.ts';

/** How far these runs are; one that is gone is left out. */
export async function readRunStands(store: Store, runIds: readonly string[]): Promise<ReadonlyMap<string, RunStand>> {
  const { rows } = await store.inReadTx(async (tx) =>
    sql<{ id: string; next_seq: number; state: RunState }>`select id, next_seq, state from runs
      where id in (select w::uuid from jsonb_array_elements_text(${jsonText(runIds)}::text::jsonb) as w)`.execute(tx),
  );
  return new Map(rows.map((row) => [row.id, { nextSeq: Number(row.next_seq), state: row.state }]));
}
