import type { RunState } from '../../shared/core/run-state.ts';

/** How far a run was when somebody looked. */
export type RunStand = { readonly nextSeq: number; readonly state: RunState };

/** Tells those who wait for news of a run that there are some, of this process at once, of others within a second. */
export type RunWatch = {
  readonly announce: (runId: string) => void;
  /** Resolves when the run is no longer as it was `seen`, after `timeoutMs`, or when `signal` aborts, whichever is first. Never rejects. */
  readonly next: (runId: string, seen: RunStand, timeoutMs: number, signal: AbortSignal) => Promise<void>;
};

export type RunWatchDeps = {
  /** How far these runs are now. */
  readonly standOf: (runIds: readonly string[]) => Promise<ReadonlyMap<string, RunStand>>;
  /** How often news of other processes are looked for, in one question for all who wait. */
  readonly lookEveryMs: number;
};

type Waiting = { readonly seen: RunStand; readonly wake: () => void };

/**
 * Makes a watch. However many wait, and for however many runs, the database is asked one small question at a time; while nobody
 * waits it is asked nothing. A look that fails is made again: those who wait have their own end.
 */
export function createRunWatch({ standOf, lookEveryMs }: RunWatchDeps): RunWatch {
  const waiting = new Map<string, Set<Waiting>>();
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const stands = await standOf([...waiting.keys()]).catch(() => new Map<string, RunStand>());
    for (const [runId, now] of stands) {
      for (const { seen, wake } of waiting.get(runId) ?? []) if (seen.nextSeq !== now.nextSeq || seen.state !== now.state) wake();
    }
    timer = undefined;
    lookAgain();
  }

  function lookAgain(): void {
    if (timer !== undefined || waiting.size === 0) return;
    timer = setTimeout(() => void look(), lookEveryMs);
    timer.unref();
  }

  return {
    announce(runId) {
      for (const { wake } of waiting.get(runId) ?? []) wake();
    },
    async next(runId, seen, timeoutMs, signal) {
      if (signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const one = { seen, wake: resolve };
      const those = waiting.get(runId) ?? new Set();
      waiting.set(runId, those.add(one));
      lookAgain();
      const end = setTimeout(resolve, timeoutMs);
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      clearTimeout(end);
      those.delete(one);
      if (those.size === 0 && waiting.get(runId) === those) waiting.delete(runId);
    },
  };
}
