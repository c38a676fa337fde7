import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { installPackages } from '../../scripts/lib/system-packages.mjs';

const STRACE = '/usr/bin/strace';

/**
 * The program that counts a process's calls of the system, installed from the distribution where it is missing and this
 * process may. Throws with the remedy when there is none: a count that cannot be made must fail a test, not skip it.
 */
export function straceBinary(): string {
  if (!existsSync(STRACE)) installPackages(['strace']);
  if (existsSync(STRACE) && spawnSync(STRACE, ['-c', '-e', 'trace=fsync', '/bin/true'], { stdio: 'ignore' }).status === 0) return STRACE;
  throw new Error('This test needs strace, and leave to trace a child of its own: install it (Debian: apt-get install strace).');
}
