import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder is not one that a practice environment may use or delete. The message says what to do. */
export class NotAPracticeFolder extends Error {
  override readonly name = 'NotAPracticeFolder';
}

const markerFile = 'drydock-practice';
const markerText = 'Made by drydock-server practice. Deleting this folder loses made-up data alone.\n';

/** Where the embedded database lies below a server's data folder. */
export function embeddedDatabaseFolder(dataFolder: string): string {
  return join(dataFolder, 'database');
}

/**
 * Makes the folder ready for a practice environment and marks it as one. `reset` empties it first.
 * @throws NotAPracticeFolder when there is something in it that no practice environment made: it is neither used nor
 * deleted, so that a wrong setting cannot cost anybody their data.
 */
export function preparePracticeFolder(folder: string, reset: boolean): void {
  const isMarked = existsSync(join(folder, markerFile));
  const isEmpty = !existsSync(folder) || readdirSync(folder).length === 0;
  if (!isMarked && !isEmpty) {
    throw new NotAPracticeFolder(`${folder} holds something that no practice environment made; choose another folder with DRYDOCK_DATA`);
  }
  if (reset && isMarked) rmSync(folder, { recursive: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, markerFile), markerText);
}
