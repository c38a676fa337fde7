import type { Journal } from '../journal/journal.ts';
import { problemOf } from '../problems.ts';

/** The scope that a run's personal data is sealed under, made where it has none yet. */
export function scopeForRun(journal: Journal, runId: string): string {
  return journal.scopeOfRun(runId) ?? journal.newScope();
}

/** Does `work`; false when the run's people were erased, of whom nothing more is recorded. */
export function unlessErased(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (thrown) {
    if (problemOf(thrown)?.code !== 'journal_scope_erased') throw thrown;
    return false;
  }
}
