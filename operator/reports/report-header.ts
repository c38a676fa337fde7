import type { KeyedHash } from '../../shared/core/keyed-hash.ts';
import { redactedText } from '../../shared/core/redaction.ts';
import type { Journal } from '../journal/journal.ts';
import type { GatheredReport } from './gather-report.ts';
import type { ReportHeader } from './report-document.ts';

/** Everybody who was put back stands in the items; here are those who were named, as far as a person reads. */
const NAMED_PEOPLE = 1_000;
/** One point an hour in which something changed: of a long migration the latest. */
const LONGEST_SERIES = 5_000;

/** What of a report's head is not the run's own. */
export interface MakingOf {
  readonly by: string;
  readonly keyFingerprint: string;
  readonly operatorClock: Date;
  readonly version: string;
  readonly journal: Pick<Journal, 'journalId' | 'head'>;
  readonly journalEntries: number;
  readonly leftOut: readonly string[];
}

/** The head of `report.json`. With `redact`, names of files and free sentences are replaced; who operated stays, since that is what is signed for. */
export function reportHeader(gathered: GatheredReport, making: MakingOf, redact: KeyedHash | undefined): ReportHeader {
  const { run, receipt, migration, plan, check, testRun, verification } = gathered;
  const personal = (text: string): string => (redact === undefined ? text : redactedText(redact, text));
  const nullable = (text: string | null): string | null => (text === null || text === '' ? null : personal(text));
  const file = run.source_file ?? plan?.source_file ?? check?.summary.file ?? null;
  const head = making.journal.head();
  return {
    report_version: 1,
    redacted: redact !== undefined,
    ...(gathered.asOf === undefined ? {} : { as_of: gathered.asOf }),
    made: { by: making.by, key_fingerprint: making.keyFingerprint, operator_clock: making.operatorClock.toISOString(), server_clock: receipt.issued_at, drydock_version: making.version },
    environment: { id: receipt.environment.id, name: receipt.environment.name, kind: environmentKind(receipt.environment.kind) },
    migration: { id: run.migration, title: migration?.title ?? run.migration, playbook: migration?.playbook ?? null, playbook_version: migration?.playbook_version ?? null },
    run: {
      run_id: run.run_id,
      kind: run.kind,
      state: run.state,
      message: nullable(run.message),
      requested_by: run.requested_by,
      stage_percent: run.stage_percent,
      rows_total: run.rows_total,
      rows_done: run.rows_done,
      preceding_dry_run: run.preceding_dry_run,
      created_at: run.created_at,
      started_at: run.started_at,
      ended_at: run.ended_at,
    },
    source: {
      file: nullable(file),
      sha256: plan?.source_sha256 === undefined || plan.source_sha256 === '' ? (check?.summary.sha256 ?? null) : plan.source_sha256,
      rows: check?.summary.rows ?? null,
      accepted: check?.summary.accepted ?? null,
      rejected: check?.summary.rejected_count ?? null,
      duplicates: check?.summary.duplicate_count ?? null,
    },
    cohort: run.cohort,
    plan: run.plan_hash === null ? null : { plan_hash: run.plan_hash, summary: gathered.summary ?? null },
    gates: gathered.gates.map((gate) => ({ ...gate, detail: gate.detail === file ? personal(gate.detail) : gate.detail })),
    test_run:
      testRun === undefined
        ? null
        : {
            run_id: testRun.run_id,
            passed: testRun.passed,
            restored: testRun.restored,
            members: testRun.members.map((member) => ({ ...member, email: personal(member.email) })),
          },
    approvals: gathered.approvals.map((approval) => ({ ...approval, comment: approval.comment === '' ? '' : personal(approval.comment) })),
    counts: run.counts,
    verification: verification === undefined ? null : { run_id: verification.run_id, state: verification.state, counts: verification.counts },
    ...rollbackPart(gathered, personal),
    ...verifiedPart(gathered),
    ...(gathered.adoption === null || gathered.adoption === undefined ? {} : { adoption: { counts: gathered.adoption.counts, series: gathered.adoption.series.slice(-LONGEST_SERIES) } }),
    journal: { journal_id: making.journal.journalId, head: head === undefined ? null : { seq: head.seq, hash: head.hash }, entries: making.journalEntries },
    left_out: [...making.leftOut],
  };
}

function rollbackPart({ run, rollback, undone }: GatheredReport, personal: (text: string) => string): Pick<ReportHeader, 'rollback'> {
  if (run.kind !== 'rollback') return {};
  const named = rollback?.whom === undefined || rollback.whom === null || rollback.whom === 'all' ? undefined : rollback.whom;
  return {
    rollback: {
      rollback_hash: rollback?.rollbackHash ?? null,
      whom: named !== undefined ? 'some' : rollback?.whom === 'all' ? 'all' : null,
      people: named?.length ?? null,
      emails: (named ?? []).slice(0, NAMED_PEOPLE).map(personal),
      previewed: rollback?.previewed ?? null,
      undid: [...(undone?.runs ?? [])],
    },
  };
}

function verifiedPart({ verified }: GatheredReport): Pick<ReportHeader, 'verified'> {
  if (verified === undefined) return {};
  const { run, story } = verified;
  return { verified: { run_id: run?.run_id ?? story?.verifiedRunId ?? null, kind: run?.kind ?? null, rows_written: story?.rowsWritten ?? null, sample: story?.sample ?? null } };
}

function environmentKind(kind: string): ReportHeader['environment']['kind'] {
  return kind === 'practice' || kind === 'staging' ? kind : 'production';
}
