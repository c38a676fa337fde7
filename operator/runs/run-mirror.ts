import { type Run, getRun, listRunItems, runSchema } from '../../shared/contract/admin/runs.ts';
import type { ShownRun } from '../../shared/contract/operator/runs.ts';
import { type RunItem, runItemSchema } from '../../shared/core/run-item.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { Journal } from '../journal/journal.ts';
import { payloadOf } from '../journal/payload.ts';
import { problem, problemOf } from '../problems.ts';
import type { WindowStore } from './window-store.ts';

const PAGE = 1_000;
const WAIT_SECONDS = 5;

/** What a run did on the server, brought into the journal by `seq`: each item once, resumable at any point. */
export interface RunMirror {
  /** The run as it stands, with its items mirrored as far as they are there. */
  follow(environment: ConnectedEnvironment, runId: string): Promise<ShownRun>;
  /** Holds until there is more than `knownItems`, the state changes or a few seconds pass. */
  watch(environment: ConnectedEnvironment, runId: string, knownItems: number): Promise<ShownRun>;
  mirroredItems(runId: string): number;
  /** Mirrored items in order, read from the journal a batch at a time; none of a run that was erased. */
  items(runId: string): Iterable<RunItem>;
  /** Brings mirrored items into the window store. */
  load(runId: string): void;
  /** The run as it was last seen. */
  lastSeen(runId: string): Run | undefined;
  /** Every run of an environment as it was last seen, newest first. */
  allSeen(environmentId: string): readonly Run[];
}

export function createRunMirror(journal: Journal, windows: WindowStore): RunMirror {
  const mirroring = new Map<string, Promise<void>>();
  const nextMirroring = new Map<string, Promise<void>>();

  function mirroredItems(runId: string): number {
    const last = journal.last('items.mirrored', runId);
    return last === undefined ? 0 : Number(payloadOf(last)['to']);
  }

  function scopeFor(runId: string): string {
    return journal.scopeOfRun(runId) ?? journal.newScope();
  }

  function keepItems(environment: ConnectedEnvironment, runId: string, given: readonly RunItem[]): void {
    const scope = scopeFor(runId);
    journal.write((writer) => {
      const last = writer.last('items.mirrored', runId);
      const upTo = last === undefined ? 0 : Number(payloadOf(last)['to']);
      // Another process may have mirrored some of these meanwhile: each item enters once.
      const fresh = given.filter((item) => item.seq > upTo);
      const first = fresh[0];
      if (first === undefined) return;
      if (first.seq !== upTo + 1) throw problem('items_gap', 'The server left out part of this run', `Item ${upTo + 1} is missing. Nothing was recorded of the later ones.`);
      const outcomes: Record<string, number> = {};
      for (const item of fresh) outcomes[item.outcome] = (outcomes[item.outcome] ?? 0) + 1;
      writer.append({
        kind: 'items.mirrored',
        payload: { environment: environment.id, run_id: runId, from: first.seq, to: upTo + fresh.length, outcomes },
        sealed: { scope, text: fresh.map((item) => JSON.stringify(item)).join('\n') },
      });
    });
  }

  async function bringItems(environment: ConnectedEnvironment, runId: string): Promise<void> {
    for (;;) {
      const after = mirroredItems(runId);
      const { items, next_cursor } = await environment.read(listRunItems, { params: { run_id: runId }, query: { limit: String(PAGE), ...(after === 0 ? {} : { after: String(after) }) } });
      if (items.length === 0) return;
      keepItems(environment, runId, items);
      await environment.anchor(runId);
      if (next_cursor === null || items.length < PAGE) return;
    }
  }

  /** One at a time a run; a run whose people were erased takes no more. */
  async function mirror(environment: ConnectedEnvironment, runId: string): Promise<void> {
    const under = mirroring.get(runId);
    if (under === undefined) return startMirroring(environment, runId);
    // The one under way may have read its last page before the state that the caller has seen: all who come meanwhile share the next.
    const next = nextMirroring.get(runId) ?? mirrorAfter(under, environment, runId);
    nextMirroring.set(runId, next);
    return next;
  }

  async function mirrorAfter(under: Promise<void>, environment: ConnectedEnvironment, runId: string): Promise<void> {
    // Whoever started it learns how it ended.
    await under.catch(() => undefined);
    nextMirroring.delete(runId);
    return mirroring.get(runId) ?? startMirroring(environment, runId);
  }

  async function startMirroring(environment: ConnectedEnvironment, runId: string): Promise<void> {
    const work = bringItems(environment, runId)
      .catch((thrown: unknown) => {
        if (problemOf(thrown)?.code !== 'journal_scope_erased') throw thrown;
      })
      .finally(() => mirroring.delete(runId));
    mirroring.set(runId, work);
    return work;
  }

  function observe(environment: ConnectedEnvironment, run: Run): void {
    const known = journal.last('run.observed', run.run_id);
    if (known !== undefined && payloadOf(known)['state'] === run.state) return;
    const { run_id, migration, kind, state, counts, rows_total, rows_done, plan_hash, cohort, stage_percent, created_at, started_at, ended_at } = run;
    try {
      journal.append({
        kind: 'run.observed',
        payload: { environment: environment.id, run_id, migration, run_kind: kind, state, counts: { ...counts }, rows_total, rows_done, plan_hash, cohort, stage_percent, created_at, started_at, ended_at },
        sealed: { scope: scopeFor(run_id), text: JSON.stringify(run) },
      });
    } catch (thrown) {
      if (problemOf(thrown)?.code !== 'journal_scope_erased') throw thrown;
    }
  }

  async function follow(environment: ConnectedEnvironment, runId: string): Promise<ShownRun> {
    // The state first: items are then at least those of that state.
    const run = await environment.read(getRun, { params: { run_id: runId }, query: {} });
    await mirror(environment, runId);
    observe(environment, run);
    return { run, mirrored_items: mirroredItems(runId), from_mirror: false, environment: environment.name };
  }

  function lastSeen(runId: string): Run | undefined {
    const entry = journal.last('run.observed', runId);
    return entry === undefined ? undefined : seenRun(journal.openSealed(entry), payloadOf(entry));
  }

  return {
    follow,
    mirroredItems,
    lastSeen,
    async watch(environment, runId, knownItems) {
      const hasEnded = (lastSeen(runId)?.ended_at ?? null) !== null;
      if (!hasEnded && mirroredItems(runId) <= knownItems) {
        // Only to be held by the server: what it brings is read again below, from where the journal stands.
        await environment.read(listRunItems, {
          params: { run_id: runId },
          query: { limit: '1', wait: String(WAIT_SECONDS), ...(knownItems === 0 ? {} : { after: String(knownItems) }) },
          timeoutMs: (WAIT_SECONDS + 30) * 1_000,
        });
      }
      return follow(environment, runId);
    },
    *items(runId) {
      for (const entry of journal.entries({ runId, kind: 'items.mirrored' })) yield* itemsOf(journal.openSealed(entry));
    },
    load(runId) {
      const from = windows.itemsUpTo(runId);
      for (const entry of journal.entries({ runId, kind: 'items.mirrored' })) {
        if (Number(payloadOf(entry)['to']) > from) windows.putItems(runId, itemsOf(journal.openSealed(entry)));
      }
    },
    allSeen(environmentId) {
      const newest = new Map<string, Run>();
      for (const entry of journal.entries({ kind: 'run.observed' })) {
        const payload = payloadOf(entry);
        if (payload['environment'] !== environmentId) continue;
        const run = seenRun(journal.openSealed(entry), payload);
        if (run !== undefined) newest.set(run.run_id, run);
      }
      return [...newest.values()].sort((one, other) => (one.created_at < other.created_at ? 1 : -1));
    },
  };
}

function itemsOf(sealedText: string | undefined): RunItem[] {
  if (sealedText === undefined) return [];
  return sealedText.split('\n').map((line) => runItemSchema.parse(JSON.parse(line)));
}

/** The run as sealed; of an erased one what the chain still says, without who asked and which file. */
function seenRun(sealedText: string | undefined, payload: Readonly<Record<string, unknown>>): Run | undefined {
  const value: unknown =
    sealedText === undefined
      ? { ...payload, kind: payload['run_kind'], source_file: null, requested_by: '', rows_per_second: null, seconds_left: null, message: null, preceding_dry_run: null }
      : JSON.parse(sealedText);
  const parsed = runSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
