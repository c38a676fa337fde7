const FIRST_MS = 1_000;
const LONGEST_MS = 3_600_000;

/** So many attempts, the later ones about an hour apart, are two days: an outage over a weekend night buries nothing. */
export const ATTEMPTS_MAX = 60;

/**
 * The wait before the next attempt: doubled each time up to an hour, and somewhere in the upper half of that, so that
 * what failed together does not come back together. `random` is in [0, 1).
 */
export function retryWaitMs(attempts: number, random: number): number {
  const ceiling = Math.min(FIRST_MS * 2 ** Math.min(Math.max(attempts - 1, 0), 30), LONGEST_MS);
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}
