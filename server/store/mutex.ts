/** Hands one thing to one holder at a time, in the order of asking. */
export type Mutex = {
  /** Resolves when the caller holds it; the result gives it back and must be called once. */
  readonly acquire: () => Promise<() => void>;
  /** How many hold it or wait for it: at most one holds it. */
  readonly waiting: () => number;
};

/** A mutex that is free. */
export function createMutex(): Mutex {
  let last: Promise<void> = Promise.resolve();
  let asking = 0;
  return {
    async acquire() {
      const before = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      asking += 1;
      await before;
      return () => {
        asking -= 1;
        resolve();
      };
    },
    waiting: () => asking,
  };
}
