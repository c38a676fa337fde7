import { problem } from '../problems.ts';
import { isSqliteError } from './database.ts';
import type { JournalReader } from './journal.ts';

/** What SQLite threw while reading, in words: the file itself is damaged, or another process holds it. Anything else as it is. */
export function readingProblem(path: string, thrown: unknown): unknown {
  if (!isSqliteError(thrown)) return thrown;
  if (thrown.code.startsWith('SQLITE_BUSY')) return problem('journal_busy', 'Another Drydock is writing to the journal', 'Try again when it has finished.');
  return problem('journal_damaged', 'The journal is damaged', `${path} cannot be read as a journal any more (${thrown.code}). Keep it, and put a copy of it from before in its place.`);
}

/** The same reader, whose faults are in words. */
export function explainedReader(reader: JournalReader, path: string): JournalReader {
  const explained =
    <Args extends readonly unknown[], Result>(read: (...args: Args) => Result) =>
    (...args: Args): Result => {
      try {
        return read(...args);
      } catch (thrown) {
        throw readingProblem(path, thrown);
      }
    };
  return {
    head: explained(reader.head),
    get: explained(reader.get),
    *entries(filter) {
      try {
        yield* reader.entries(filter);
      } catch (thrown) {
        throw readingProblem(path, thrown);
      }
    },
    last: explained(reader.last),
    lastOfEachRun: explained(reader.lastOfEachRun),
    list: explained(reader.list),
    countAfter: explained(reader.countAfter),
    openSealed: explained(reader.openSealed),
    openIntents: explained(reader.openIntents),
    outcomeOf: explained(reader.outcomeOf),
    isOpen: explained(reader.isOpen),
    scopeOfRun: explained(reader.scopeOfRun),
  };
}
