import { z } from 'zod';
import { duplicateSchema, checkSummarySchema, rejectedSchema, warningSchema } from '../../shared/contract/operator/sources.ts';
import { dryRunBodySchema } from '../../shared/contract/admin/plans.ts';
import { type CohortRecord, cohortRecordSchema } from '../../shared/core/cohort.ts';
import type { Decision } from '../../shared/core/decisions.ts';
import { planSummarySchema } from '../../shared/core/plan-summary.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import type { Plan } from '../../shared/contract/operator/plans.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { payloadOf, sealNoteOf } from '../journal/payload.ts';

const doneDryRunSchema = z.object({ at: z.string(), environment: z.string(), intent: z.int(), run_id: z.string(), plan_hash: z.string(), cohort: z.string(), summary: planSummarySchema });
const dryRunIntentSchema = z.object({ params: z.object({ id: z.string() }), source_id: z.string().nullable().optional() });

/** A plan as the journal has it: the outcome of a dry run with its intent. */
export interface JournaledPlan {
  readonly plan: Plan;
  readonly environmentId: string;
  /** Place of the outcome in the chain. */
  readonly seq: number;
  /** The intent, whose sealed body holds the records. */
  readonly intent: JournalEntry;
  readonly scope: string | undefined;
  /** The decisions that it was made with. */
  decisions(): readonly Decision[];
}

/** Plans made with this journal, oldest first. What was erased is shown without its people: no names, no file. */
export function* journaledPlans(journal: JournalReader, environmentName: string): Iterable<JournaledPlan> {
  for (const entry of journal.entries({ kind: 'outcome' })) {
    const payload = payloadOf(entry);
    if (payload['call'] !== 'dryRun' || payload['result'] !== 'done') continue;
    const done = doneDryRunSchema.safeParse(payload);
    const intent = done.success ? journal.get(done.data.intent) : undefined;
    const intended = intent === undefined ? undefined : dryRunIntentSchema.safeParse(payloadOf(intent));
    if (!done.success || intent === undefined || intended?.success !== true) continue;
    const asked = askedFor(journal, intent);
    yield {
      environmentId: done.data.environment,
      seq: entry.seq,
      intent,
      scope: sealNoteOf(intent)?.scope,
      plan: {
        environment: environmentName,
        migration: intended.data.params.id,
        run_id: done.data.run_id,
        plan_hash: done.data.plan_hash,
        cohort: done.data.cohort,
        source_file: asked.source_file,
        source_sha256: asked.source_sha256,
        source_id: intended.data.source_id ?? null,
        only: asked.only,
        decided: asked.decided,
        summary: done.data.summary,
        planned_at: done.data.at,
      },
      decisions: () => bodyOf(journal, intent)?.decisions ?? [],
    };
  }
}

/** The newest plan of an environment that is wanted. */
export function newestPlan(journal: JournalReader, environment: Pick<ConnectedEnvironment, 'id' | 'name'>, wanted: (found: JournaledPlan) => boolean): JournaledPlan | undefined {
  let newest: JournaledPlan | undefined;
  for (const found of journaledPlans(journal, environment.name)) if (found.environmentId === environment.id && wanted(found)) newest = found;
  return newest;
}

type AskedFor = Pick<Plan, 'source_file' | 'source_sha256' | 'only' | 'decided'>;

const ERASED: AskedFor = { source_file: '', source_sha256: '', only: null, decided: { skip: 0, create: 0 } };
/** From this length on, what a body says is kept: a plan with a hundred thousand decisions takes a while to read. */
const LONG_TEXT = 100_000;
const readBefore = new WeakMap<JournalReader, Map<number, AskedFor>>();

/** What a dry run asked for, without its people. */
function askedFor(journal: JournalReader, intent: JournalEntry): AskedFor {
  const text = journal.openSealed(intent);
  if (text === undefined) return ERASED;
  const kept = readBefore.get(journal) ?? new Map<number, AskedFor>();
  readBefore.set(journal, kept);
  const known = kept.get(intent.seq);
  if (known !== undefined) return known;
  const body = parsedBody(text);
  if (body === undefined) return ERASED;
  const decisions = body.decisions ?? [];
  const skip = decisions.filter(({ as }) => as === 'skip').length;
  const asked = { source_file: body.source_file, source_sha256: body.source_sha256, only: body.only ?? null, decided: { skip, create: decisions.length - skip } };
  if (text.length >= LONG_TEXT) kept.set(intent.seq, asked);
  return asked;
}

function bodyOf(journal: JournalReader, intent: JournalEntry): z.infer<typeof dryRunBodySchema> | undefined {
  const text = journal.openSealed(intent);
  return text === undefined ? undefined : parsedBody(text);
}

function parsedBody(text: string): z.infer<typeof dryRunBodySchema> | undefined {
  const parsed = dryRunBodySchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

/** The records that were sent for a plan; none once that was erased. */
export function* recordsOfPlan(journal: JournalReader, found: JournaledPlan): Iterable<CohortRecord> {
  const body = bodyOf(journal, found.intent);
  if (body === undefined) return;
  if ('records' in body) {
    for (const record of body.records) yield cohortRecordSchema.parse(record);
    return;
  }
  if ('cohort' in body) yield* uploadedRecords(journal, body.cohort);
}

function* uploadedRecords(journal: JournalReader, cohort: string): Iterable<CohortRecord> {
  for (const entry of journal.entries({ kind: 'intent' })) {
    const payload = payloadOf(entry);
    const params = z.object({ sha256: z.string() }).safeParse(payload['params']);
    if (payload['call'] !== 'putCohort' || !params.success || params.data.sha256 !== cohort) continue;
    const text = journal.openSealed(entry);
    if (text === undefined) continue;
    for (const line of text.split('\n')) if (line !== '') yield cohortRecordSchema.parse(JSON.parse(line));
    return;
  }
}

/** A check of a file as it is kept, sealed. Values in it are masked but for the columns' samples, which are left out. */
export const keptCheckSchema = z.object({ summary: checkSummarySchema, rejected: z.array(rejectedSchema), duplicates: z.array(duplicateSchema), warnings: z.array(warningSchema) });
export type KeptCheck = z.infer<typeof keptCheckSchema>;

/** Journals what a check found, sealed under `scope`. */
export function recordCheck(journal: Journal, scope: string, kept: KeptCheck): void {
  const { summary } = kept;
  const withoutSamples = { ...kept, summary: { ...summary, headers: summary.headers.map(({ header }) => ({ header, samples: [] })) } };
  journal.append({
    kind: 'source.checked',
    payload: { scope, source_id: summary.source_id, cohort: summary.cohort, source_sha256: summary.sha256, rows: summary.rows, accepted: summary.accepted, rejected: summary.rejected_count, duplicates: summary.duplicate_count, refused: summary.file_error?.code ?? null },
    sealed: { scope, text: JSON.stringify(withoutSamples) },
  });
}

/** What the newest check is looked for by: a cohort, a source of an earlier launch, or nothing. */
export interface CheckWanted {
  readonly cohort?: string;
  readonly sourceId?: string;
}

/** The newest check that is wanted. Undefined when there is none or it was erased. */
export function lastCheck(journal: JournalReader, { cohort, sourceId }: CheckWanted = {}): { readonly seq: number; readonly check: KeptCheck } | undefined {
  let newest: JournalEntry | undefined;
  for (const entry of journal.entries({ kind: 'source.checked' })) {
    const payload = payloadOf(entry);
    if ((cohort === undefined || payload['cohort'] === cohort) && (sourceId === undefined || payload['source_id'] === sourceId)) newest = entry;
  }
  const text = newest === undefined ? undefined : journal.openSealed(newest);
  const kept = text === undefined ? undefined : keptCheckSchema.safeParse(JSON.parse(text));
  return newest === undefined || kept?.success !== true ? undefined : { seq: newest.seq, check: kept.data };
}
