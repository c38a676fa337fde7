import { statSync } from 'node:fs';

/** Says whether what is written still reaches the file that everybody finds at the journal's path. */
export interface FileGuard {
  /** Undefined while all is well; else what happened to the file, in a sentence. */
  whatHappened(): string | undefined;
}

type Identity = { readonly device: bigint; readonly inode: bigint; readonly bytes: bigint };

/**
 * Notes which file was opened. Once it is removed or replaced, SQLite would go on writing to a file without a name, and
 * all of it would be gone with the process; once it is cut, to places that nobody can read again. The log of writes
 * beside it counts as well: commits lie there first. While a journal is open neither of them ever grows smaller.
 */
export function guardFile(path: string): FileGuard {
  const files = [path, `${path}-wal`].map((file) => ({ file, known: identityOf(file) }));
  return {
    whatHappened() {
      for (const one of files) {
        const { file, known } = one;
        if (known === undefined) continue;
        const now = identityOf(file);
        if (now === undefined) return `${file} was removed, or its folder cannot be reached any more.`;
        if (now.inode !== known.inode || now.device !== known.device) return `Another file lies at ${file} now.`;
        if (now.bytes < known.bytes) return `${file} was cut by something else.`;
        one.known = now;
      }
      return undefined;
    },
  };
}

function identityOf(file: string): Identity | undefined {
  try {
    const found = statSync(file, { bigint: true });
    return { device: found.dev, inode: found.ino, bytes: found.size };
  } catch {
    return undefined;
  }
}
