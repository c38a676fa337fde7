import { readFileSync, rmSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../operator/durable-file.ts';

const RECENT_MAX = 10;
const keptSchema = z.strictObject({ paths: z.array(z.string().max(32_768)).max(RECENT_MAX) });

/** The CSVs that were opened last, newest first. Paths stay in main; the list can be read by its owner alone. */
export interface RecentFiles {
  list(): readonly string[];
  add(path: string): void;
  remove(path: string): void;
  /** Forgets all of them, on disk too. */
  clear(): void;
}

/** Keeps the list in `recent-files.json` under the home. One that cannot be read is an empty one: it is a convenience, nothing hangs on it. */
export function openRecentFiles(home: string): RecentFiles {
  const file = join(home, 'recent-files.json');
  let paths = readPaths(file);
  const keep = (kept: readonly string[]): void => {
    paths = kept.slice(0, RECENT_MAX);
    try {
      writeDurably(file, JSON.stringify({ paths }));
    } catch {
      // On a full disk the list lasts as long as the app is open.
    }
  };
  return {
    list: () => paths,
    add: (path) => keep([path, ...paths.filter((kept) => kept !== path)]),
    remove: (path) => keep(paths.filter((kept) => kept !== path)),
    clear() {
      paths = [];
      // Removed rather than emptied: that goes on a full disk too.
      rmSync(file, { force: true });
    },
  };
}

function readPaths(file: string): readonly string[] {
  try {
    return keptSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).paths.filter((path) => isAbsolute(path));
  } catch {
    return [];
  }
}
