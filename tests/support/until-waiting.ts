import type { Script } from '../../server/store/engine.ts';

/**
 * Resolves once so many statements of the database that `ask` asks wait for a lock. Not for a connection with a transaction
 * open: that one sees the activity of its first look only.
 */
export async function untilWaitingForLock(ask: Script, count = 1): Promise<void> {
  for (;;) {
    const [row] = await ask(`select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    if (Number(row?.['waiting']) >= count) return;
  }
}
