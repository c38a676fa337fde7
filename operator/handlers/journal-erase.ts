import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { getRun } from '../../shared/contract/admin/runs.ts';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { ErasePreview } from '../../shared/contract/operator/journal.ts';
import { refuseOpenIntents } from '../journal/erased-scopes.ts';
import { type KnownRun, type PeopleOfRun, peopleOfRun } from '../journal/people-of-run.ts';
import type { OperatorParts } from '../parts.ts';
import { problem, problemOf } from '../problems.ts';
import { createExportedReports } from '../reports/exported-reports.ts';
import { createVerifications } from '../reports/verifications.ts';
import type { PlanRows } from '../runs/plan-rows.ts';
import type { RunMirror } from '../runs/run-mirror.ts';

type EraseHandlers = Pick<Handlers, 'journal.previewErase' | 'journal.erase'>;
type EraseParts = Pick<OperatorParts, 'home' | 'journal' | 'environments' | 'sources' | 'files' | 'downloads'> & { readonly mirror: Pick<RunMirror, 'forget'> };

/** Erasing the people of a run from everything that this operator keeps (N3). */
export function createEraseHandlers(parts: EraseParts, planRows: Pick<PlanRows, 'forget'>): EraseHandlers {
  const { home, journal, environments, sources, files, downloads, mirror } = parts;
  const exported = createExportedReports(home, journal.exclusively);
  const verifications = createVerifications(home, journal.exclusively);

  async function peopleOf(runId: string): Promise<PeopleOfRun> {
    const people = await peopleOfRun(journal, runId, nextTurn);
    if (people === undefined) throw problem('unknown_run', 'The journal knows no such run', '"drydock journal list" shows what stands in it. Nothing was erased.');
    refuseOpenIntents(journal, people.scopes);
    for (const run of people.runs) if (!run.hasEnded) await refuseUnderWay(run);
    return people;
  }

  /** The journal did not see its end. An environment that is no longer set up here can bring nothing of it any more. */
  async function refuseUnderWay(run: KnownRun): Promise<void> {
    const found = environments.list().find(({ environment_id }) => environment_id === run.environment);
    if (found === undefined) return;
    let state: string;
    try {
      const now = await (await environments.connect(found.name)).read(getRun, { params: { run_id: run.runId }, query: {} });
      if (now.ended_at !== null) return;
      state = `It is ${now.state.replaceAll('_', ' ')}: let it end, or stop it, then erase.`;
    } catch (thrown) {
      const code = problemOf(thrown)?.code;
      if (code === undefined) throw thrown;
      if (code === 'unknown_run') return;
      state = `The journal did not see its end, and ${found.name} cannot be asked now. Connect to it, then erase.`;
    }
    throw problem('run_in_progress', `Run ${run.runId} may be under way`, `${state} Nothing was erased.`);
  }

  function previewOf(runId: string, { runs, scopes, sealedEntries }: PeopleOfRun): ErasePreview {
    const ids = new Set(runs.map((run) => run.runId));
    return {
      run_id: runId,
      runs: runs.map((run) => ({ run_id: run.runId, kind: run.kind, state: run.state })),
      sealed_entries: sealedEntries,
      keys: scopes.filter((scope) => journal.hasKey(scope)).length,
      reports: exported.list().flatMap(({ report_id, run_id, folder, zip, redacted, exported_at }) => (ids.has(run_id) ? [{ report_id, run_id, folder, zip, redacted, exported_at }] : [])),
    };
  }

  /** Uploads are found by what is in them: the same file may have come under another name. */
  async function releaseFiles({ cohorts, files: digests }: PeopleOfRun): Promise<void> {
    sources.releaseThose(({ cohort, sha256 }) => (cohort !== null && cohorts.includes(cohort)) || (sha256 !== null && digests.includes(sha256)));
    for (const { handle, path } of files.spooled()) if (digests.includes(await digestOf(path))) files.release(handle);
    downloads.discardPrepared();
  }

  return {
    'journal.previewErase': async ({ run_id }) => previewOf(run_id, await peopleOf(run_id)),
    'journal.erase': async ({ run_id }) => {
      if (files.areHeldElsewhere()) throw problem('files_open_elsewhere', 'Another Drydock of this home has files open', 'They may hold the same people. Close its window, or wait for its command to end, then erase. Nothing was erased.');
      const people = await peopleOf(run_id);
      const preview = previewOf(run_id, people);
      // Erased before: the same answer, and no second entry that says nothing new.
      if (preview.keys > 0) journal.eraseScopes(people.scopes, { run_id, runs: people.runs.map(({ runId }) => runId), sealed_entries: people.sealedEntries });
      await planRows.forget(people.hashes);
      await mirror.forget(people.runs.map(({ runId }) => runId));
      verifications.forgetRuns(people.runs.map(({ runId }) => runId));
      await releaseFiles(people);
      return preview;
    },
  };
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch {
    return '';
  }
  return hash.digest('hex');
}
