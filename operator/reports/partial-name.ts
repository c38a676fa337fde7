import { hash } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isProcessAlive } from '../process-alive.ts';

const NAME = /^\.drydock-report-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{12}\.partial$/;

/** The name of what is not whole yet: it tells which process of which machine is at it, so that what was left behind is known. */
export function partialName(randomBytes: (count: number) => Uint8Array): string {
  return `.drydock-report-${hostMark()}-${process.pid}-${Buffer.from(randomBytes(6)).toString('hex')}.partial`;
}

/**
 * Removes what exports that were killed left in `folder`: they may hold personal data, and nobody would find them.
 * Those of other machines stay, for nobody here can tell whether they are still being written.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, host, processId] = NAME.exec(name) ?? [];
    if (host !== hostMark() || processId === undefined || isProcessAlive(Number(processId))) continue;
    const path = join(folder, name);
    // Another user's is theirs to remove, and a link leads elsewhere.
    if ((await lstat(path).catch(() => undefined))?.isSymbolicLink() === false) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function hostMark(): string {
  return hash('sha256', hostname()).slice(0, 8);
}
