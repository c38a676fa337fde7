import { getAdoption, listMembers } from '../../shared/contract/admin/members.ts';
import { listMigrations } from '../../shared/contract/admin/migrations.ts';
import { type Run, execute, pauseRun, resumeRun, stopRun } from '../../shared/contract/admin/runs.ts';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { RunSelection, RunSurroundings } from '../../shared/contract/operator/runs.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { OperatorParts } from '../parts.ts';
import { isServerAway } from '../environments/server-away.ts';
import { problem } from '../problems.ts';
import { acknowledgedAddresses } from '../runs/acknowledgement.ts';
import { bringItems } from '../runs/bring-items.ts';
import type { PlanBook } from '../runs/plan-book.ts';
import { choicesOf, selectRuns } from '../runs/run-selection.ts';
import { liveStanding } from '../runs/run-standing.ts';
import { surroundingsOf } from '../runs/run-surroundings.ts';
import { runsAtServer } from '../runs/runs-at-server.ts';

type RunHandlers = Pick<
  Handlers,
  | 'runs.execute'
  | 'runs.list'
  | 'runs.getSurroundings'
  | 'runs.get'
  | 'runs.watch'
  | 'runs.listItems'
  | 'runs.listSnapshots'
  | 'runs.failuresByReason'
  | 'runs.pause'
  | 'runs.resume'
  | 'runs.stop'
  | 'members.list'
  | 'adoption.get'
>;

const EXECUTE_TIMEOUT_MS = 600_000;
const PAGE = '1000';

/** Executions: started, watched, paused, ended; and who has come how far since. */
export function createRunHandlers({ environments, journal, mirror }: OperatorParts, plans: PlanBook): RunHandlers {
  /** What `online` gives; where the server is away, what the journal has. */
  async function orFromMirror<Result>(online: (environment: ConnectedEnvironment) => Promise<Result>, offline: (thrown: unknown) => Result): Promise<Result> {
    try {
      return await online(await environments.connect());
    } catch (thrown) {
      if (isServerAway(thrown)) return offline(thrown);
      throw thrown;
    }
  }

  function seen(run: Run) {
    return { run, mirrored_items: mirror.mirroredItems(run.run_id), from_mirror: true, environment: environments.currentName() };
  }

  function lastSeen(runId: string, thrown: unknown) {
    const run = mirror.lastSeen(runId);
    if (run === undefined) throw thrown;
    return seen(run);
  }

  async function act(call: typeof pauseRun, runId: string) {
    const environment = await environments.connect();
    await environment.write(call, { params: { run_id: runId }, body: {} });
    return mirror.follow(environment, runId);
  }

  async function confirmTag(environment: ConnectedEnvironment, migration: string, typed: string | undefined): Promise<void> {
    if (!environment.session.policy.typed_confirmation) return;
    const { items } = await environment.read(listMigrations, { params: {}, query: {} });
    const tag = items.find(({ id }) => id === migration)?.settings['cohort_tag'];
    if (typeof tag === 'string' && typed === tag) return;
    throw problem('confirmation_required', 'The cohort tag must be typed here', `This environment asks for it before customers are changed. Type ${typeof tag === 'string' ? tag : 'the cohort tag'} exactly.`);
  }

  function seenRuns(): readonly Run[] {
    const pinned = environments.list().find(({ name }) => name === environments.currentName());
    return mirror.allSeen(pinned?.environment_id ?? '');
  }

  function selected(runs: readonly Run[], { offset = 0, limit, ...selection }: RunSelection, environment: string, isOffline: boolean) {
    const found = selectRuns(runs, selection);
    const shown = limit === undefined ? found.slice(offset) : found.slice(offset, offset + limit);
    return { items: shown.map((run) => ({ run, mirrored_items: mirror.mirroredItems(run.run_id), from_mirror: isOffline, environment })), total: found.length, choices: choicesOf(runs), offline: isOffline };
  }

  async function surroundings(runId: string): Promise<RunSurroundings> {
    return orFromMirror(
      async (environment) => {
        const { run } = await mirror.follow(environment, runId);
        const runs = await runsAtServer(environment, run.migration);
        mirror.note(environment, runs);
        const standing = await liveStanding(environment, journal, run, runs);
        mirror.noteStanding(environment, run, standing);
        return surroundingsOf(journal, mirror, run, runs, standing);
      },
      (thrown) => surroundingsOf(journal, mirror, lastSeen(runId, thrown).run, seenRuns()),
    );
  }

  return {
    'runs.execute': async ({ migration, plan_hash, stage_percent, rows_per_second, failure_threshold, retry_failed, acknowledged = [], acknowledge_name_matches, confirm_tag }) => {
      const environment = await environments.connect();
      await confirmTag(environment, migration, confirm_tag);
      const covered = acknowledge_name_matches === undefined ? acknowledged : acknowledgedAddresses(await plans.nameOnlyRows(migration, plan_hash), acknowledged, acknowledge_name_matches);
      const { run_id } = await environment.write(execute, {
        params: { id: migration },
        body: {
          plan_hash,
          ...(stage_percent === undefined ? {} : { stage: { percent: stage_percent } }),
          ...(covered.length === 0 ? {} : { acknowledged: [...covered] }),
          ...(rows_per_second === undefined ? {} : { rows_per_second }),
          ...(failure_threshold === undefined ? {} : { failure_threshold }),
          ...(retry_failed === undefined ? {} : { retry_failed }),
        },
        scope: journal.newScope(),
        note: { migration, plan_hash, stage_percent: stage_percent ?? null, acknowledged_count: covered.length },
        timeoutMs: EXECUTE_TIMEOUT_MS,
      });
      return { run_id };
    },
    'runs.list': (selection) =>
      orFromMirror(
        async (environment) => {
          // One migration's runs are asked for as such: others may be many.
          const runs = await runsAtServer(environment, selection.migration);
          mirror.note(environment, runs);
          return selected(runs, selection, environment.name, false);
        },
        () => selected(seenRuns(), selection, environments.currentName(), true),
      ),
    'runs.getSurroundings': ({ run_id }) => surroundings(run_id),
    'runs.get': ({ run_id }) => orFromMirror((environment) => mirror.follow(environment, run_id), (thrown) => lastSeen(run_id, thrown)),
    'runs.watch': ({ run_id, known_items }) => orFromMirror((environment) => mirror.watch(environment, run_id, known_items), (thrown) => lastSeen(run_id, thrown)),
    'runs.listItems': async ({ run_id, ...query }) => {
      await bringItems({ environments, mirror }, run_id);
      return mirror.listItems(run_id, query);
    },
    'runs.failuresByReason': async ({ run_id }) => {
      await bringItems({ environments, mirror }, run_id);
      return { items: [...(await mirror.countByReason(run_id))] };
    },
    'runs.listSnapshots': async ({ run_id, ...query }) => {
      await bringItems({ environments, mirror }, run_id);
      return mirror.listSnapshots(run_id, query);
    },
    'runs.pause': ({ run_id }) => act(pauseRun, run_id),
    'runs.resume': ({ run_id }) => act(resumeRun, run_id),
    'runs.stop': ({ run_id }) => act(stopRun, run_id),
    'members.list': async ({ migration, email, state, after }) => {
      const environment = await environments.connect();
      return environment.read(listMembers, {
        params: { id: migration },
        query: { limit: PAGE, ...(email === undefined ? {} : { email }), ...(state === undefined ? {} : { state }), ...(after === undefined ? {} : { after }) },
      });
    },
    'adoption.get': async ({ migration }) => (await environments.connect()).read(getAdoption, { params: { id: migration }, query: {} }),
  };
}
