import { Refusal } from '../guards/refusal.ts';
import { isHeldByAnother } from '../store/passing-error.ts';
import type { Store } from '../store/store.ts';
import type { AuthDeps } from './auth-deps.ts';
import type { SignInWatch } from './sign-in-watch.ts';

/** Statements of sign-in, each a transaction by itself. */
export type SignInStatements = Pick<Store, 'runSignIn'>;

/** Between the tries, in milliseconds; together some ten seconds, longer than a batch of a run mostly takes. */
const PAUSES_MS = [25, 50, 100, 200, 400, ...Array.from({ length: 11 }, () => 800)];

/** What an attempt needs was held by somebody else for as long as anybody waits. */
export class StillHeld extends Error {
  override readonly name = 'StillHeld';
}

/**
 * The statements of sign-in, each tried again while a lock that it needs is held: a batch of a run can hold a customer's record
 * for most of a minute. The database ends such a wait after a moment, and the pause before the next try is made without a
 * connection, so that people whom nobody holds find one (A4). What has been ended has done nothing and counted nothing.
 * @throws StillHeld from `runSignIn` when it is held to the end.
 */
export function waitingOutside({ store, pause }: Pick<AuthDeps, 'store' | 'pause'>): SignInStatements {
  return {
    runSignIn: async (statement, values) => {
      for (const pauseMs of PAUSES_MS) {
        try {
          return await store.runSignIn(statement, values);
        } catch (error) {
          if (!isHeldByAnother(error)) throw error;
        }
        await pause(pauseMs);
      }
      throw new StillHeld();
    },
  };
}

/** Answers an attempt that was held to the end as a busy server answers everybody. @throws Refusal `too_many_attempts`, for {@link StillHeld}. */
export async function refusingWhatIsHeld<T>(watch: SignInWatch, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof StillHeld)) throw error;
    watch.attempt('limited_server');
    throw busy();
  }
}

/** So much waits already that this would take longer than anybody waits; the same for everybody. */
export function busy(): Refusal {
  return new Refusal('too_many_attempts', { retryAfterSeconds: RETRY_WHEN_BUSY_SECONDS });
}

const RETRY_WHEN_BUSY_SECONDS = 5;
