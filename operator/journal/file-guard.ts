import { statSync } from 'node:fs';

/** Says whether what is written still reaches the file that everybody finds at the journal's path. */
export interface FileGuard {
  /** Undefined while all is well; else what happened to the file, in a sentence. */
  whatHappened(): string | undefined;
}

type Identity = { readonly device: bigint; readonly inode: bigint };

/**
 * Notes which file was opened. Once it is removed or replaced, SQLite would go on writing to a file without a name, and
 * all of it would be gone with the process. The log of writes beside it counts as well: commits lie there first.
 */
export function guardFile(path: string): FileGuard {
  const files = [path, `${path}-wal`].map((file) => ({ file, opened: identityOf(file) }));
  return {
    whatHappened() {
      for (const { file, opened } of files) {
        if (opened === undefined) continue;
        const now = identityOf(file);
        if (now === undefined) return `${file} was removed, or its folder cannot be reached any more.`;
        if (now.inode !== opened.inode || now.device !== opened.device) return `Another file lies at ${file} now.`;
      }
      return undefined;
    },
  };
}

function identityOf(file: string): Identity | undefined {
  try {
    const found = statSync(file, { bigint: true });
    return { device: found.dev, inode: found.ino };
  } catch {
    return undefined;
  }
}
