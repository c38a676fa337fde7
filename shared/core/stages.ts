import type { Sha256 } from './hashing.ts';

const BUCKET_HEX_DIGITS = 8;
const BUCKETS = 0x1_0000_0000;

/**
 * Where a person falls between 0 and 100, evenly spread and the same for ever: the first 32 bits of the hash of
 * migration and address. It does not depend on the plan, so a plan made anew between two stages keeps its people.
 */
export function stageBucket(sha256: Sha256, migration: string, email: string): number {
  return (Number.parseInt(sha256(`${migration}\n${email}`).slice(0, BUCKET_HEX_DIGITS), 16) / BUCKETS) * 100;
}

/**
 * Whether a stage of so many percent takes in the bucket (C8). Each stage contains every smaller one, and 100 contains
 * everybody. Shares are those of a large cohort; of a handful of people a small stage may take none.
 */
export function isInStage(bucket: number, percent: number): boolean {
  return bucket < percent;
}
