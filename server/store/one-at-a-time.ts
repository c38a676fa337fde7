import { AsyncLocalStorage } from 'node:async_hooks';

/** Somebody asked for the database while holding a transaction of it. */
export class NestedTransaction extends Error {
  override readonly name = 'NestedTransaction';
  constructor() {
    super('The database was asked for inside an open transaction; use that transaction. On one connection this would wait for itself for ever.');
  }
}

/**
 * Makes a guard that runs one piece of work a caller at a time: asking again from inside is an error instead of a wait for
 * ever. Several servers on PostgreSQL would run into the same when all connections are taken, so the guard is for both
 * engines. Work that was begun inside and goes on after the end may ask again.
 */
export function createNestingGuard(): <T>(work: () => Promise<T>) => Promise<T> {
  const current = new AsyncLocalStorage<{ isOpen: boolean }>();
  return async (work) => {
    if (current.getStore()?.isOpen === true) throw new NestedTransaction();
    const mark = { isOpen: true };
    try {
      return await current.run(mark, work);
    } finally {
      mark.isOpen = false;
    }
  };
}
