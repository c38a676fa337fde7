import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { JournalReader } from './journal.ts';
import { payloadOf, sealNoteOf } from './payload.ts';

/** A run as the journal has it. */
export interface KnownRun {
  readonly runId: string;
  readonly environment: string;
  readonly kind: string | null;
  readonly state: string | null;
  /** Whether the journal saw its end. Where it did not, only the server can tell. */
  readonly hasEnded: boolean;
}

/** Everything in the journal that speaks of the same people as one run does. */
export interface PeopleOfRun {
  /** The run itself among them. */
  readonly runs: readonly KnownRun[];
  readonly scopes: readonly string[];
  /** Entries with sealed data under these scopes. */
  readonly sealedEntries: number;
  /** Hashes of plans and rollbacks, of cohorts and of files. */
  readonly hashes: readonly string[];
  readonly cohorts: readonly string[];
  readonly files: readonly string[];
}

/** So many entries are read before others get their turn. */
const ENTRIES_A_TURN = 2_000;

/** Of the calls that start a run: its kind, and whether the answer is its end. */
const startedBy: Readonly<Record<string, { readonly kind: string; readonly isOver: boolean }>> = {
  dryRun: { kind: 'dry_run', isOver: true },
  verifyRun: { kind: 'verification', isOver: true },
  startTestRun: { kind: 'test_run', isOver: false },
  execute: { kind: 'execution', isOver: false },
  rollBack: { kind: 'rollback', isOver: false },
};

/** Kinds that write, and so are all of the one cohort that a migration is bound to. */
const WRITING_KINDS: ReadonlySet<string> = new Set(['test_run', 'execution', 'rollback']);
const WRITING_CALLS: ReadonlySet<string> = new Set(['startTestRun', 'execute', 'rollBack']);

/**
 * Finds the scopes that hold a run's people: those of its own entries, and of every run, plan, upload, check of a
 * file and rollback of the same cohort. To leave one of them would leave the people readable. Undefined when the
 * journal knows no such run.
 */
export async function peopleOfRun(journal: JournalReader, runId: string, letOthersRun: () => Promise<void>): Promise<PeopleOfRun | undefined> {
  const joined = createJoining();
  const runs = new Map<string, KnownRun>();
  const sealed = new Map<string, number>();
  let read = 0;
  for (const entry of journal.entries()) {
    read += 1;
    if (read % ENTRIES_A_TURN === 0) await letOthersRun();
    const facts = factsOf(entry);
    joined.join(facts);
    const scope = sealNoteOf(entry)?.scope;
    if (scope !== undefined) sealed.set(scope, (sealed.get(scope) ?? 0) + 1);
    const run = runOf(entry, runs);
    if (run !== undefined) runs.set(run.runId, run);
  }
  const here = joined.groupOf(`run:${runId}`);
  if (here === undefined) return undefined;
  const named = (prefix: string): string[] => here.filter((fact) => fact.startsWith(prefix)).map((fact) => fact.slice(prefix.length)).toSorted();
  const scopes = named('scope:');
  return {
    runs: named('run:').map((id) => runs.get(id) ?? { runId: id, environment: '', kind: null, state: null, hasEnded: true }),
    scopes,
    sealedEntries: scopes.reduce((total, scope) => total + (sealed.get(scope) ?? 0), 0),
    hashes: named('hash:'),
    cohorts: named('cohort:'),
    files: named('file:'),
  };
}

/** What an entry ties together: a scope, runs, hashes. One that ties nothing gives fewer than two. */
function factsOf(entry: JournalEntry): readonly string[] {
  if (entry.kind === 'journal.erased') return [];
  const payload = payloadOf(entry);
  const call = payload['call'];
  const params = recordOf(payload['params']);
  const isWriting = (typeof call === 'string' && WRITING_CALLS.has(call)) || (typeof payload['run_kind'] === 'string' && WRITING_KINDS.has(payload['run_kind']));
  const facts: [prefix: string, value: unknown][] = [
    ['scope:', sealNoteOf(entry)?.scope ?? payload['scope']],
    ['run:', payload['run_id']],
    ['run:', payload['verified_run_id']],
    ['hash:', payload['plan_hash']],
    ['hash:', payload['rollback_hash']],
    ['cohort:', payload['cohort'] ?? params['sha256']],
    ['source:', payload['source_id']],
    ['file:', payload['source_sha256']],
    ['intent:', entry.kind === 'intent' ? String(entry.seq) : typeof payload['intent'] === 'number' ? String(payload['intent']) : undefined],
    ['migration:', isWriting && typeof payload['migration'] === 'string' ? `${String(payload['environment'])} ${payload['migration']}` : undefined],
  ];
  return facts.flatMap(([prefix, value]) => (typeof value === 'string' && value !== '' ? [`${prefix}${value}`] : []));
}

function runOf(entry: JournalEntry, known: ReadonlyMap<string, KnownRun>): KnownRun | undefined {
  const payload = payloadOf(entry);
  const { run_id: runId, environment, state, call } = payload;
  if (typeof runId !== 'string' || typeof environment !== 'string') return undefined;
  if (entry.kind === 'run.observed') {
    return { runId, environment, kind: textOrNull(payload['run_kind']), state: textOrNull(state), hasEnded: typeof payload['ended_at'] === 'string' };
  }
  if (entry.kind !== 'outcome' || payload['result'] !== 'done' || typeof call !== 'string') return known.get(runId);
  const started = Object.hasOwn(startedBy, call) ? startedBy[call] : undefined;
  if (started !== undefined) return known.get(runId) ?? { runId, environment, kind: started.kind, state: null, hasEnded: started.isOver };
  const before = known.get(runId);
  return { runId, environment, kind: before?.kind ?? null, state: textOrNull(state) ?? before?.state ?? null, hasEnded: call === 'resumeRun' ? false : (before?.hasEnded ?? false) };
}

interface Joining {
  /** The facts are of the same people from now on, and whatever each was joined with before. */
  join(facts: readonly string[]): void;
  groupOf(fact: string): readonly string[] | undefined;
}

function createJoining(): Joining {
  const parents = new Map<string, string>();
  function rootOf(fact: string): string {
    let root = fact;
    for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root)) root = next;
    parents.set(fact, root);
    return root;
  }
  return {
    join(facts) {
      const [first, ...others] = facts;
      if (first === undefined) return;
      const root = rootOf(first);
      for (const other of others) parents.set(rootOf(other), root);
    },
    groupOf(fact) {
      if (!parents.has(fact)) return undefined;
      const root = rootOf(fact);
      return [...parents.keys()].filter((one) => rootOf(one) === root);
    },
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
