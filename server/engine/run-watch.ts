/** Tells those who wait for news of a run that there are some. It knows of this process alone; others are found by asking again. */
export type RunWatch = {
  readonly announce: (runId: string) => void;
  /** Resolves at the next news of the run, after `timeoutMs`, or when `signal` aborts, whichever is first. Never rejects. */
  readonly next: (runId: string, timeoutMs: number, signal: AbortSignal) => Promise<void>;
};

export function createRunWatch(): RunWatch {
  const waiting = new Map<string, Set<() => void>>();
  return {
    announce(runId) {
      const those = waiting.get(runId);
      waiting.delete(runId);
      for (const wake of those ?? []) wake();
    },
    async next(runId, timeoutMs, signal) {
      if (signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const those = waiting.get(runId) ?? new Set();
      those.add(resolve);
      waiting.set(runId, those);
      const timer = setTimeout(resolve, timeoutMs);
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      clearTimeout(timer);
      those.delete(resolve);
      if (those.size === 0 && waiting.get(runId) === those) waiting.delete(runId);
    },
  };
}
