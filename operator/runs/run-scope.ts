import type { Run } from '../../shared/contract/admin/runs.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { payloadOf, sealNoteOf } from '../journal/payload.ts';
import { problemOf } from '../problems.ts';

/** The scope that a run's personal data is sealed under, made where it has none yet. Asked for right before something is sealed: each has a key of its own on disk. */
export function scopeForRun(journal: Journal, runId: string): string {
  return journal.scopeOfRun(runId) ?? journal.newScope();
}

type ScopedRun = Pick<Run, 'run_id' | 'kind' | 'cohort' | 'migration'>;

/**
 * The scopes of runs that are about to be journalled. A run that this home has had nothing to do with shares the scope of
 * one of the same people: they are erased together anyway, and a list of a thousand runs of others does not make a
 * thousand keys.
 */
export function scopesForRuns(journal: Journal, environmentId: string, runs: readonly ScopedRun[]): ReadonlyMap<string, string> {
  const scopes = new Map<string, string>();
  const byPeople = new Map<string, string>();
  const take = (run: ScopedRun, scope: string): void => {
    scopes.set(run.run_id, scope);
    const people = peopleOf(environmentId, run);
    if (people !== undefined && !byPeople.has(people) && journal.hasKey(scope)) byPeople.set(people, scope);
  };
  const unseen: ScopedRun[] = [];
  for (const run of runs) {
    const scope = journal.scopeOfRun(run.run_id);
    if (scope === undefined) unseen.push(run);
    else take(run, scope);
  }
  if (unseen.length === 0) return scopes;
  for (const [people, scope] of scopesSeen(journal)) if (!byPeople.has(people) && journal.hasKey(scope)) byPeople.set(people, scope);
  for (const run of unseen) take(run, byPeople.get(peopleOf(environmentId, run) ?? '') ?? journal.newScope());
  return scopes;
}

/** What two runs of the same people have in common; undefined where that cannot be told. As an erasure sees it. */
function peopleOf(environmentId: string, { cohort, kind, migration }: Omit<ScopedRun, 'run_id'>): string | undefined {
  if (cohort !== null) return `cohort ${cohort}`;
  return kind === 'rollback' ? `rollbacks of ${environmentId} ${migration}` : undefined;
}

function* scopesSeen(journal: JournalReader): Iterable<readonly [people: string, scope: string]> {
  for (const entry of journal.lastOfEachRun('run.observed')) {
    const { environment, cohort, run_kind: kind, migration } = payloadOf(entry);
    const scope = sealNoteOf(entry)?.scope;
    if (scope === undefined) continue;
    if (typeof cohort === 'string') yield [`cohort ${cohort}`, scope];
    else if (kind === 'rollback') yield [`rollbacks of ${String(environment)} ${String(migration)}`, scope];
  }
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
