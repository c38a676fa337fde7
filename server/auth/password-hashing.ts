import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import PQueue from 'p-queue';

/** How passwords of customers are hashed and checked. Passed in, so that a test can count. */
export type PasswordHashing = {
  /** An argon2id hash (m=19456, t=2, p=1) in its own text form. */
  readonly hash: (password: string) => Promise<string>;
  /** Whether the password is the hash's; false too for a hash that is none. */
  readonly verify: (passwordHash: string, password: string) => Promise<boolean>;
  /** False while so many wait that another would wait too long. */
  readonly hasRoom: () => boolean;
};

/** At some ten milliseconds each on a core, about five seconds of waiting. */
const WAITING_MAX_PER_CORE = 500;

const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/**
 * Stands in where there is no hash to check, so that such an attempt costs what every other costs. The hash of random
 * bytes that nobody kept: no password fits.
 */
export const dummyPasswordHash = '$argon2id$v=19$m=19456,t=2,p=1$cudCPzcWaYkJbYex/epOKw$wJtf7adHhkHzGmd85zdfRC8DEcjJHTVxuHvUEx5w94A';

/** argon2id in as many threads as there are cores; more in flight makes all of them slower. */
export function createPasswordHashing(): PasswordHashing {
  const queue = new PQueue({ concurrency: availableParallelism() });
  return {
    hash: async (password) => queue.add(async () => hash(password, parameters)),
    verify: async (passwordHash, password) => queue.add(async () => verify(passwordHash, password).catch(() => false)),
    hasRoom: () => queue.size < WAITING_MAX_PER_CORE * queue.concurrency,
  };
}
