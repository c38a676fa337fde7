import { hash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { JOURNAL_GENESIS_HASH, type JournalEntry, journalEntryHash } from '../../shared/core/journal-entry.ts';
import type { SecretStore } from '../environments/secret-store.ts';
import type { OperatorLog } from '../log.ts';
import { problem } from '../problems.ts';
import { backUp } from './backup.ts';
import { isSqliteError, openJournalDatabase } from './database.ts';
import { guardFile } from './file-guard.ts';
import { createHeadMarks, readHeadMark } from './head-mark.ts';
import { MARK_KEY, type MarkKeys, isOurMark, markKeysIn, takeMarkKey } from './mark-keys.ts';
import { explainedReader, readingProblem } from './damaged-file.ts';
import type { Journal, JournalVerdict, JournalWriter, NewEntry } from './journal.ts';
import { finishErasures, refuseOpenIntents } from './erased-scopes.ts';
import { payloadOf } from './payload.ts';
import { createJournalReader } from './reader.ts';
import { restoreGuards } from './schema.ts';
import { newScopeKey, seal } from './sealing.ts';
import { verifyApart } from './verify-apart.ts';
import { type ChainCheck, checkChain } from './verify-chain.ts';

export interface JournalOptions {
  readonly home: string;
  readonly secrets: SecretStore;
  readonly clock: () => Date;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly log: OperatorLog;
}

const sha256 = (text: string) => hash('sha256', text);
const SWALLOWED = 'A trigger of another hand in the journal’s file swallows what is written, so nothing more is written or sent. Start Drydock again, which takes it out.';

/**
 * Opens the journal of a home, making it when it is not there, and checks its last entries. One process writes at a
 * time: each transaction takes the write lock first and reads the head inside it.
 * @throws OperatorError `journal_unavailable`, `journal_newer`, `journal_foreign`, `journal_not_durable`, `journal_busy`, `journal_damaged`
 */
export function openJournal(options: JournalOptions): Journal {
  makeHome(options.home);
  const path = join(options.home, 'journal.sqlite');
  const database = openJournalDatabase(path);
  try {
    const restoredGuards = restoreGuards(database);
    if (restoredGuards.length > 0) options.log.write({ level: 'warning', event: 'journal_guards_restored', count: restoredGuards.length });
    return journalOn(database, path, restoredGuards, options);
  } catch (thrown) {
    database.close();
    throw readingProblem(path, thrown);
  }
}

function journalOn(database: Database.Database, path: string, restoredGuards: readonly string[], { home, secrets, clock, randomBytes, log }: JournalOptions): Journal {
  const headPath = join(home, 'journal-head.json');
  const reader = explainedReader(createJournalReader(database, (scope) => secrets.get(scopeSecret(scope))), path);
  const heads = createHeadMarks(headPath, () => log.write({ level: 'warning', event: 'journal_head_not_kept' }));
  const statements = prepareWriting(database);
  // Under the write lock, so that two that start at once on a new home take one key.
  const { key: markKey, isFirst } = database.transaction(() => takeMarkKey(secrets, randomBytes)).immediate();

  let latched: string | undefined;
  // SQLite's log of writes is there by now, so that both are guarded.
  const guard = guardFile(path);
  /** The head inside a transaction of ours: nobody else writes then, so it is read once and known from there on. */
  let tip: ReturnType<typeof reader.head>;

  function append(entry: NewEntry): JournalEntry {
    const last = tip;
    const seq = (last?.seq ?? 0) + 1;
    const prevHash = last?.hash ?? JOURNAL_GENESIS_HASH;
    const sealed = entry.sealed === undefined ? undefined : seal(keyOf(entry.sealed.scope), entry.sealed.scope, seq, entry.sealed.text, randomBytes);
    const note = sealed === undefined ? {} : { sealed: { ...sealed.note } };
    const payload = canonicalJson({ at: clock().toISOString(), ...entry.payload, ...note });
    const entryHash = journalEntryHash(sha256, { seq, kind: entry.kind, payload, prev_hash: prevHash });
    put(statements.entry, seq, entry.kind, payload, prevHash, entryHash);
    if (sealed !== undefined) put(statements.personal, seq, sealed.note.scope, sealed.nonce, sealed.sealed);
    tip = { seq, hash: entryHash };
    return { seq, kind: entry.kind, payload, prev_hash: prevHash, hash: entryHash };
  }

  /** SQLite says that all is well where a trigger of another hand has swallowed a row. */
  function put(statement: Database.Statement, ...values: readonly unknown[]): void {
    if (statement.run(...values).changes !== 1) throw latch('journal_not_written', SWALLOWED);
  }

  function keyOf(scope: string): string {
    const key = secrets.get(scopeSecret(scope));
    if (key === undefined) throw problem('journal_scope_erased', 'The people that this is about were erased here', 'What is done about them can no longer be recorded in this journal, so nothing was sent. To go on with them, plan their file anew with a dry run; to verify what was done before, use a Drydock that has not erased them.');
    return key;
  }

  function write<Result>(work: (writer: JournalWriter) => Result): Result {
    if (latched !== undefined) throw latchedProblem(latched);
    const lost = guard.whatHappened();
    if (lost !== undefined) throw latch('journal_file_lost', lostDetail(lost));
    try {
      const outcome = database
        .transaction(() => {
          const before = reader.head();
          tip = before;
          const result = work(inTransaction);
          if (tip === undefined || tip.seq === before?.seq) return { result };
          const mark = { journal_id: journalId, ...tip, mac: markKey.mac(journalId, tip.seq, tip.hash) };
          put(statements.mark, mark.seq, markKey.id, mark.mac);
          return { result, mark };
        })
        .immediate();
      // One that says that more stood here, or something else, stays as it is: it alone shows that without a server.
      if (outcome.mark !== undefined && !contradicts) heads.keep(outcome.mark);
      return outcome.result;
    } catch (thrown) {
      if (!isSqliteError(thrown)) throw thrown;
      if (thrown.code.startsWith('SQLITE_BUSY')) throw problem('journal_busy', 'Another Drydock is writing to the journal', 'Nothing was sent. Try again when it has finished.');
      throw latch(thrown.code, latchedDetail(thrown.code));
    }
  }

  function latch(code: string, detail: string): Error {
    latched = detail;
    log.write({ level: 'error', event: 'journal_latched', code });
    return latchedProblem(detail);
  }

  function verify(extent: 'quick' | 'full'): ChainCheck & JournalVerdict {
    const headMark = readHeadMark(headPath);
    return verdictOf(checkChain(database, extent, { journalId, markKeys: keysNow(), headMark }));
  }

  function verdictOf({ notes, ...check }: ChainCheck): ChainCheck & JournalVerdict {
    const restored = restoredGuards.length === 0 ? [] : [`What keeps the file append-only had been taken out or changed (${restoredGuards.join(', ')}) and was put back.`];
    return { ...check, notes: [...notes, ...restored], verifiedAt: clock().toISOString() };
  }

  /** Asked for at each check: the other store of this home may have come to one meanwhile. */
  function keysNow(): MarkKeys {
    return { ...markKeysIn(secrets), own: markKey };
  }

  const inTransaction: JournalWriter = { ...reader, append };
  // The mark before the chain: an honest one is then never ahead.
  const former = readHeadMark(headPath);
  const contradicts = former !== undefined && isOurMark(keysNow(), former) && reader.get(former.seq)?.hash !== former.hash;
  let journalId = idOf(reader.get(1));
  if (journalId === '' && reader.head() !== undefined) {
    // The first entry is gone or changed: nothing is added that could pass for it, and verification says so.
    journalId = former?.journal_id ?? markKey.journalId;
  } else if (journalId === '') {
    journalId = markKey.journalId;
    write((writer) => {
      const first = writer.get(1);
      if (first !== undefined) journalId = idOf(first);
      else writer.append({ kind: 'journal.opened', payload: { journal_id: journalId, follows: former === undefined ? null : { journal_id: former.journal_id, seq: former.seq, hash: former.hash } } });
    });
  } else if (isFirst) {
    write((writer) => writer.append({ kind: 'journal.key_replaced', payload: { key_id: markKey.id } }));
  }
  const atStart = verify('quick');
  let verdict: JournalVerdict = atStart;
  // An entry of another hand, or one that nobody here can vouch for, destroys nothing by its word.
  if (atStart.damage === null) finishErasures(reader, atStart.vouchedTo, (scope) => secrets.removeEverywhere(scopeSecret(scope)));

  return {
    ...reader,
    journalId,
    beganAs: markKey.journalId,
    path,
    append: (entry) => write((writer) => writer.append(entry)),
    write,
    exclusively: (work) => write(work),
    keyedName: (text) => markKey.name(text),
    newScope() {
      const scope = Buffer.from(randomBytes(12)).toString('hex');
      secrets.set(scopeSecret(scope), newScopeKey(randomBytes));
      return scope;
    },
    hasKey: (scope) => secrets.get(scopeSecret(scope)) !== undefined || secrets.elsewhere(scopeSecret(scope)) !== 'none',
    eraseScopes(scopes, payload) {
      write((writer) => {
        refuseOpenIntents(writer, scopes);
        writer.append({ kind: 'journal.erased', payload: { ...payload, scopes: [...scopes] } });
      });
      for (const scope of scopes) secrets.removeEverywhere(scopeSecret(scope));
    },
    verify(extent) {
      verdict = verify(extent);
      return verdict;
    },
    async verifyApart(onProgress) {
      const headMark = readHeadMark(headPath);
      const markSecret = secrets.get(MARK_KEY);
      const request = { path, journalId, otherMarkSecret: secrets.elsewhere(MARK_KEY), ...(markSecret === undefined ? {} : { markSecret }), ...(headMark === undefined ? {} : { headMark }) };
      const check = await verifyApart(request, onProgress).catch((thrown: unknown) => {
        throw readingProblem(path, thrown);
      });
      verdict = verdictOf(check);
      return verdict;
    },
    backUp: (to) => backUp(database, to, { journalId, markKeys: keysNow() }),
    condition: () => (latched === undefined ? { state: 'writable', verdict } : { state: 'latched', verdict, detail: latched }),
    close() {
      heads.close();
      if (database.open) database.close();
    },
  };
}

function prepareWriting(database: Database.Database) {
  return {
    entry: database.prepare('INSERT INTO entries (seq, kind, payload, prev_hash, hash) VALUES (?, ?, ?, ?, ?)'),
    personal: database.prepare('INSERT INTO personal (seq, scope, nonce, sealed) VALUES (?, ?, ?, ?)'),
    mark: database.prepare('INSERT INTO marks (seq, key_id, mac) VALUES (?, ?, ?)'),
  };
}

function scopeSecret(scope: string): string {
  return `journal-scope-${scope}`;
}

function idOf(entry: JournalEntry | undefined): string {
  const id = entry === undefined ? undefined : payloadOf(entry)['journal_id'];
  return typeof id === 'string' ? id : '';
}

function makeHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch {
    throw problem('journal_unavailable', 'Drydock’s folder cannot be made', `${home} must be a folder that you may write to. DRYDOCK_HOME names another one.`);
  }
}

function latchedDetail(code: string): string {
  return `The journal could not be written (${code}), so it is closed to writing until Drydock is started again. Make room on the disk or mend its rights first. Nothing is sent that could not be recorded.`;
}

function lostDetail(lost: string): string {
  return `${lost} What was written from now on would be found by nobody, so nothing more is written or sent. Put the file back, then start Drydock again.`;
}

function latchedProblem(detail: string): Error {
  return problem('journal_latched', 'The journal takes no more entries', detail);
}
