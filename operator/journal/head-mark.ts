import { createHmac, createSecretKey, hash, timingSafeEqual } from 'node:crypto';
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';

/** Where the journal last stood, kept outside its file: an older copy put in its place, or a cut tail, shows against it. */
export const headMarkSchema = z.strictObject({ journal_id: z.string(), seq: z.int().min(1), hash: z.string(), mac: z.string() });
export type HeadMark = z.infer<typeof headMarkSchema>;

/** The key that marks heads. It lies in the secret store, so whoever has the journal's file alone cannot make marks. */
export interface MarkKey {
  readonly id: string;
  /** The id of the journal that this key begins: a file that was emptied or taken away begins as the same journal, which its anchors contradict. */
  readonly journalId: string;
  mac(journalId: string, seq: number, hash: string): string;
  /** A keyed name for a text that must not stand in the chain itself. */
  name(text: string): string;
  holds(journalId: string, seq: number, hash: string, mac: string): boolean;
}

/** Wraps the secret's text as a key. Its id tells nothing of it. */
export function markKeyOf(secret: string): MarkKey {
  const key = createSecretKey(Buffer.from(secret, 'base64'));
  const mac = (journalId: string, seq: number, head: string) => createHmac('sha256', key).update(`drydock-journal-mark\n${journalId}\n${seq}\n${head}`).digest('hex');
  return {
    id: hash('sha256', `drydock-journal-mark-id\n${secret}`).slice(0, 16),
    journalId: createHmac('sha256', key).update('drydock-journal-id').digest('hex').slice(0, 32),
    mac,
    name: (text) => createHmac('sha256', key).update(`drydock-journal-name\n${text}`).digest('hex').slice(0, 32),
    holds(journalId, seq, head, claimed) {
      const right = Buffer.from(mac(journalId, seq, head));
      const given = Buffer.from(claimed);
      return right.length === given.length && timingSafeEqual(right, given);
    },
  };
}

/** Longer than any mark, so that one written over another leaves nothing of it; a disk's smallest sector, so that it is there whole or not at all. */
const MARK_BYTES = 512;

const MARKS_APART_MS = 100;

/** The marks of one process, after its commits. */
export interface HeadMarks {
  /** The first at once; of those that follow close upon it the last, a moment later. So a mark may be behind, never ahead. */
  keep(mark: HeadMark): void;
  /** Keeps what is waiting. */
  close(): void;
}

/** The commit stands whether or not the mark beside it can be written (`failed` hears of it): one that is behind is an honest one. */
export function createHeadMarks(path: string, failed: () => void): HeadMarks {
  let waiting: HeadMark | undefined;
  let pause: NodeJS.Timeout | undefined;

  function writeWaiting(): void {
    const mark = waiting;
    waiting = undefined;
    if (mark === undefined) return;
    try {
      writeHeadMark(path, mark);
    } catch {
      failed();
    }
  }

  return {
    keep(mark) {
      waiting = mark;
      if (pause !== undefined) return;
      writeWaiting();
      pause = setTimeout(() => {
        pause = undefined;
        writeWaiting();
      }, MARKS_APART_MS).unref();
    },
    close() {
      clearTimeout(pause);
      writeWaiting();
    },
  };
}

/**
 * One file is written over in place: a new one renamed into its place makes the file system write a journal of its own
 * at every commit of ours, which took longer than the commit.
 */
export function writeHeadMark(path: string, mark: HeadMark): void {
  const bytes = Buffer.from(`${JSON.stringify(mark).padEnd(MARK_BYTES - 1)}\n`);
  if (bytes.length !== MARK_BYTES) throw new RangeError('A mark must fit into its place.');
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
  try {
    writeSync(file, bytes, 0, MARK_BYTES, 0);
  } finally {
    closeSync(file);
  }
}

/** The mark as it lies there; undefined when it is missing or unreadable, which is then to be said. */
export function readHeadMark(path: string): HeadMark | undefined {
  // Twice, since another process may be writing it at this moment.
  return parsedMark(path) ?? parsedMark(path);
}

function parsedMark(path: string): HeadMark | undefined {
  try {
    return headMarkSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
