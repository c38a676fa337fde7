import { type Run, runSchema } from '../../shared/contract/admin/runs.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { payloadOf } from '../journal/payload.ts';
import { scopesForRuns, unlessErased } from './run-scope.ts';

/** Runs as they were last seen: what a person was shown is in the journal before it is shown. */
export interface SeenRuns {
  /** Journals each run that differs from what the journal says of it. */
  note(environmentId: string, runs: readonly Run[]): void;
  last(runId: string): Run | undefined;
  /** Every run of an environment, newest first. */
  all(environmentId: string): readonly Run[];
}

export function createSeenRuns(journal: Journal): SeenRuns {
  /** What this process noted last of each run, so that a poll that brings nothing new reads nothing. */
  const noted = new Map<string, string>();

  function remember(runs: readonly Run[]): void {
    for (const run of runs) noted.set(run.run_id, textOf(run));
  }

  return {
    note(environmentId, runs) {
      const changed = runs.filter((run) => noted.get(run.run_id) !== textOf(run));
      if (changed.length === 0) return;
      const unlike = changed.filter((run) => isNew(journal, run));
      if (unlike.length === 0) return remember(changed);
      // Refuses where the journal takes nothing more, before keys are made that nothing will be sealed with.
      journal.write(() => undefined);
      // Outside the write: keys are files of their own, and others would wait for them.
      const scopes = scopesForRuns(journal, environmentId, unlike);
      journal.write((writer) => {
        for (const run of unlike) {
          // Another process may have noted it meanwhile.
          if (!isNew(writer, run)) continue;
          const { run_id, migration, kind, state, counts, rows_total, rows_done, plan_hash, cohort, stage_percent, created_at, started_at, ended_at } = run;
          unlessErased(() =>
            writer.append({
              kind: 'run.observed',
              payload: { environment: environmentId, run_id, migration, run_kind: kind, state, counts: { ...counts }, rows_total, rows_done, plan_hash, cohort, stage_percent, created_at, started_at, ended_at },
              sealed: { scope: scopes.get(run_id) ?? '', text: JSON.stringify(run) },
            }),
          );
        }
      });
      remember(changed);
    },
    last(runId) {
      const entry = journal.last('run.observed', runId);
      return entry === undefined ? undefined : runOf(journal, entry);
    },
    all(environmentId) {
      const runs = journal.lastOfEachRun('run.observed').filter((entry) => payloadOf(entry)['environment'] === environmentId);
      return runs
        .map((entry) => runOf(journal, entry))
        .filter((run) => run !== undefined)
        .sort((one, other) => (one.created_at < other.created_at ? 1 : -1));
    },
  };
}

function isNew(journal: JournalReader, run: Run): boolean {
  const known = journal.last('run.observed', run.run_id);
  const before = known === undefined ? undefined : runOf(journal, known);
  return before === undefined || (textOf(before) !== textOf(run) && !isOlder(run, before));
}

/** What tells one sight of a run from another. Rate and time left change by themselves and say nothing of what was done. */
function textOf(run: Run): string {
  return JSON.stringify({ ...run, rows_per_second: null, seconds_left: null });
}

/** An answer that was overtaken on its way by a later one. Rows that are done stay done. */
function isOlder(run: Run, known: Run): boolean {
  return run.rows_done < known.rows_done || (isEnded(known.state) && !isEnded(run.state));
}

/** The run as sealed, its rate left out, which is none any more; of an erased one what the chain still says, without who asked and which file. */
function runOf(journal: JournalReader, entry: JournalEntry): Run | undefined {
  const payload = payloadOf(entry);
  const text = journal.openSealed(entry);
  const inClear = { ...payload, kind: payload['run_kind'], source_file: null, requested_by: '', rows_per_second: null, seconds_left: null, message: null, preceding_dry_run: null };
  const value: unknown = text === undefined ? inClear : JSON.parse(text);
  const parsed = runSchema.safeParse(value);
  return parsed.success ? { ...parsed.data, rows_per_second: null, seconds_left: null } : undefined;
}
