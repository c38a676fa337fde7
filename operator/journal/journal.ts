import type { JournalDamage } from '../../shared/contract/operator/journal.ts';
import type { CanonicalValue } from '../../shared/core/canonical-json.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { JournalBackup } from './backup.ts';
import type { CheckProgress } from './verify-apart.ts';

/** What is to be written: a payload that everybody may read, and personal data apart from it. */
export interface NewEntry {
  readonly kind: JournalKind;
  /** In the clear and for ever. Nothing personal, no secret. `at` is added. */
  readonly payload: { readonly [key: string]: CanonicalValue | undefined };
  /** Sealed with the scope's key; the chain holds only the sealed bytes' hash and a keyed hash of the text. */
  readonly sealed?: { readonly scope: string; readonly text: string };
}

/** The words for what happens in a journal. */
export type JournalKind =
  | 'journal.opened'
  | 'journal.key_replaced'
  | 'journal.erased'
  | 'environment.added'
  | 'environment.removed'
  | 'environment.pin_confirmed'
  | 'source.checked'
  | 'intent'
  | 'outcome'
  | 'items.mirrored'
  | 'snapshots.mirrored'
  | 'receipt.kept'
  | 'approvals.mirrored'
  | 'gates.mirrored'
  | 'run.observed'
  | 'validation.step'
  | 'conformance.begun'
  | 'conformance.ended'
  | 'report.exported'
  | 'report.verified';

/** What can be asked of the journal, inside a transaction and outside. */
export interface JournalReader {
  head(): { readonly seq: number; readonly hash: string } | undefined;
  get(seq: number): JournalEntry | undefined;
  /** In order; a run's alone when named. */
  entries(filter?: { readonly runId?: string; readonly kind?: JournalKind; readonly afterSeq?: number }): Iterable<JournalEntry>;
  /** The newest entry of a kind, of a run when named. */
  last(kind: JournalKind, runId?: string): JournalEntry | undefined;
  /** The newest entry of a kind of every run that has one; costs as much as there are runs, not entries. */
  lastOfEachRun(kind: JournalKind): readonly JournalEntry[];
  list(page: { readonly offset: number; readonly limit: number; readonly runId?: string }): { readonly items: readonly JournalEntry[]; readonly total: number };
  /** How many entries stand behind a place, whether or not it is there itself: in a list that is newest first, its offset. */
  countAfter(seq: number): number;
  /** The sealed text of an entry; undefined when it has none or its key was destroyed. */
  openSealed(entry: JournalEntry): string | undefined;
  /** Intents without an outcome, oldest first: what was about to be sent when nobody could write down what came of it. */
  openIntents(): readonly JournalEntry[];
  /** What came of an intent; undefined while it is open. */
  outcomeOf(intentSeq: number): JournalEntry | undefined;
  /** Whether this intent has no outcome yet. */
  isOpen(intentSeq: number): boolean;
  /** The scope that a run's personal data is sealed under. */
  scopeOfRun(runId: string): string | undefined;
}

export interface JournalWriter extends JournalReader {
  append(entry: NewEntry): JournalEntry;
}

/** The operator's local record of everything it did (N3). */
export interface Journal extends JournalReader {
  readonly journalId: string;
  /** The id that a journal has which the key of this home began. Another than `journalId` only where that key took an older journal over. */
  readonly beganAs: string;
  readonly path: string;
  /** One entry in one transaction, on disk when this returns. @throws OperatorError `journal_latched`, `journal_busy` */
  append(entry: NewEntry): JournalEntry;
  /** Several in one transaction, with what is read inside it. Rolled back when `work` throws. */
  write<Result>(work: (writer: JournalWriter) => Result): Result;
  /** Runs `work` while no other process of this home writes: for files beside the journal that are read and put back. */
  readonly exclusively: <Result>(work: () => Result) => Result;
  /** A name under a key of this journal: the same for the same text, telling nothing of it. */
  keyedName(text: string): string;
  /** A new scope with its own key, kept outside the journal. */
  newScope(): string;
  /** Whether the scope's key is still there, and its personal data with it. */
  hasKey(scope: string): boolean;
  /**
   * Journals the erasure, then destroys the keys of these scopes: their personal data is out of reach for ever, the chain
   * still verifies. Killed between the two, the next start destroys them. `payload` says what was erased, nothing personal.
   * @throws OperatorError `journal_intent_open` when a call with such data has no known outcome
   */
  eraseScopes(scopes: readonly string[], payload: NewEntry['payload']): void;
  /** Checks the chain; `quick` its last thousand entries. */
  verify(extent: 'quick' | 'full'): JournalVerdict;
  /** The full check in a thread of its own, so that nobody waits for it; tells how far it has come. */
  verifyApart(onProgress: (progress: CheckProgress) => void): Promise<JournalVerdict>;
  /** Copies it to a new file, checked in full. Keys are not in it. @throws OperatorError `backup_not_written`, `backup_does_not_hold` */
  backUp(path: string): Promise<JournalBackup>;
  /** The last verdict, or the latch. */
  condition(): JournalCondition;
  close(): void;
}

export interface JournalVerdict {
  /** The first by place. */
  readonly damage: JournalDamage | null;
  /** In order of place, up to twenty of `damageCount`. */
  readonly damages: readonly JournalDamage[];
  readonly damageCount: number;
  readonly entries: number;
  readonly checked: number;
  readonly verifiedAt: string;
  /** What could not be checked, and why. */
  readonly notes: readonly string[];
}

export type JournalCondition =
  | { readonly state: 'writable'; readonly verdict: JournalVerdict }
  | { readonly state: 'latched'; readonly verdict: JournalVerdict; readonly detail: string };
