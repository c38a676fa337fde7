/** Hands one thing to one holder at a time, in the order of asking. */
export type Mutex = {
  /** Resolves when the caller holds it; the result gives it back and must be called once. */
  readonly acquire: () => Promise<() => void>;
};

/** A mutex that is free. */
export function createMutex(): Mutex {
  let last: Promise<void> = Promise.resolve();
  return {
    async acquire() {
      const before = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      await before;
      return resolve;
    },
  };
}
