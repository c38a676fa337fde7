import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  const key = Buffer.from(secret, 'base64');
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

/** Written after each commit, whole or not at all; behind the journal after a crash, never ahead of it. */
export function writeHeadMark(path: string, mark: HeadMark): void {
  const fresh = `${path}.${process.pid}.new`;
  try {
    writeFileSync(fresh, `${JSON.stringify(mark)}\n`, { mode: 0o600 });
    renameSync(fresh, path);
  } catch (thrown) {
    rmSync(fresh, { force: true });
    throw thrown;
  }
}

/** The mark as it lies there; undefined when it is missing or unreadable, which is then to be said. */
export function readHeadMark(path: string): HeadMark | undefined {
  try {
    return headMarkSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
