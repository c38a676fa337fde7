import type { Run } from '../../shared/contract/admin/runs.ts';
import { listSnapshots } from '../../shared/contract/admin/verification.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';

const PAGE = '1000';
/** Snapshots are looked through, and a million of them would take longer than the report. */
const MOST_PAGES = 20;

export type UndoneRun = { readonly run_id: string; readonly kind: Run['kind']; readonly created_at: string };

/** The runs whose snapshots a rollback put back, newest first. `isWhole` is false where not every snapshot was looked at. */
export async function undoneRuns(environment: Pick<ConnectedEnvironment, 'read'>, rollback: Run, others: readonly Run[]): Promise<{ readonly runs: readonly UndoneRun[]; readonly isWhole: boolean }> {
  const writing = others.filter((other) => (other.kind === 'execution' || other.kind === 'test_run') && other.counts.applied > 0 && other.created_at <= rollback.created_at);
  const runs: UndoneRun[] = [];
  let pagesLeft = MOST_PAGES;
  for (const { run_id, kind, created_at } of writing.toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1))) {
    for (let after: string | null | undefined; after !== null && pagesLeft > 0; pagesLeft -= 1) {
      const page = await environment.read(listSnapshots, { params: { run_id }, query: { limit: PAGE, ...(after === undefined ? {} : { after }) } });
      const isUndone = page.items.some((snapshot) => snapshot.reverted_by === rollback.run_id);
      if (isUndone) runs.push({ run_id, kind, created_at });
      after = isUndone || page.items.length === 0 ? null : page.next_cursor;
    }
  }
  return { runs, isWhole: pagesLeft > 0 };
}
