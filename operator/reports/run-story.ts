import { z } from 'zod';
import { rollbackBodySchema, rollbackCountsSchema, type RollbackCounts } from '../../shared/contract/admin/rollback.ts';
import { verifyRun } from '../../shared/contract/admin/verification.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { JournalReader } from '../journal/journal.ts';
import { payloadOf } from '../journal/payload.ts';

/** What was asked when a rollback was begun with this journal. */
export interface RollbackStory {
  readonly rollbackHash: string;
  /** Null once that was erased. */
  readonly whom: 'all' | readonly string[] | null;
  readonly previewed: RollbackCounts | null;
}

/** What was asked when a verification was begun with this journal. */
export interface VerificationStory {
  readonly verifiedRunId: string;
  readonly rowsWritten: number;
  /** Null where every row was read back, or once that was erased. */
  readonly sample: { readonly size: number; readonly seed: number | string } | null;
}

const intentOfSchema = z.object({ intent: z.int() });
const rollbackIntentSchema = z.object({ rollback_hash: z.string() });
const previewSchema = z.object({ rollback_hash: z.string(), counts: rollbackCountsSchema });
const verifiedSchema = z.object({ verified_run_id: z.string(), rows_written: z.int() });

/** Undefined where the rollback was begun elsewhere. */
export function rollbackStory(journal: JournalReader, runId: string): RollbackStory | undefined {
  const begun = begunBy(journal, 'rollBack', runId);
  const asked = begun === undefined ? undefined : rollbackIntentSchema.safeParse(payloadOf(begun.intent));
  if (begun === undefined || asked?.success !== true) return undefined;
  const rollbackHash = asked.data.rollback_hash;
  const body = rollbackBodySchema.safeParse(sealedBody(journal, begun.intent));
  return {
    rollbackHash,
    whom: !body.success ? null : 'all' in body.data ? 'all' : body.data.emails,
    previewed: previewOf(journal, rollbackHash),
  };
}

/** Undefined where the verification was begun elsewhere. */
export function verificationStory(journal: JournalReader, runId: string): VerificationStory | undefined {
  const begun = begunBy(journal, 'verifyRun', runId);
  const said = begun === undefined ? undefined : verifiedSchema.safeParse(begun.outcome);
  if (begun === undefined || said?.success !== true) return undefined;
  const body = verifyRun.body.safeParse(sealedBody(journal, begun.intent));
  return { verifiedRunId: said.data.verified_run_id, rowsWritten: said.data.rows_written, sample: body.success ? (body.data.sample ?? null) : null };
}

type Begun = { readonly intent: JournalEntry; readonly outcome: Readonly<Record<string, unknown>> };

/** The first call of that name that this run came of: asking again gives the same run. */
function begunBy(journal: JournalReader, call: string, runId: string): Begun | undefined {
  for (const outcome of outcomesOf(journal, call)) {
    if (outcome['run_id'] !== runId) continue;
    const of = intentOfSchema.safeParse(outcome);
    const intent = of.success ? journal.get(of.data.intent) : undefined;
    if (intent !== undefined) return { intent, outcome };
  }
  return undefined;
}

function previewOf(journal: JournalReader, rollbackHash: string): RollbackCounts | null {
  let newest: RollbackCounts | null = null;
  for (const outcome of outcomesOf(journal, 'rollBack')) {
    const preview = previewSchema.safeParse(outcome);
    if (preview.success && preview.data.rollback_hash === rollbackHash) newest = preview.data.counts;
  }
  return newest;
}

function* outcomesOf(journal: JournalReader, call: string): Generator<Readonly<Record<string, unknown>>> {
  for (const entry of journal.entries({ kind: 'outcome' })) {
    const payload = payloadOf(entry);
    if (payload['call'] === call && payload['result'] === 'done') yield payload;
  }
}

function sealedBody(journal: JournalReader, intent: JournalEntry): unknown {
  const text = journal.openSealed(intent);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
