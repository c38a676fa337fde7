import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type BroughtReport, type VerificationOfReport, broughtReportSchema, verificationOfReportSchema } from '../../shared/contract/operator/reports.ts';
import { writeDurably } from '../durable-file.ts';

const BROUGHT_KEPT = 50;
/** What a report from elsewhere says of itself may be of any length. */
const LONGEST_TEXT = 200;

const keptSchema = z.strictObject({ version: z.literal(1), exported: z.record(z.string(), verificationOfReportSchema), brought: z.array(broughtReportSchema) });
type Kept = z.infer<typeof keptSchema>;

/** When reports were verified here last, and what came of it. */
export interface Verifications {
  ofExported(reportId: string): VerificationOfReport | null;
  /** Newest first; the last fifty. */
  brought(): readonly BroughtReport[];
  /** False where it could not be written down: the verdict holds all the same. */
  keepExported(reportId: string, verification: VerificationOfReport): boolean;
  keepBrought(report: BroughtReport): boolean;
  /** Forgets reports from elsewhere of these runs, whose people were erased: a file may be named for a person. */
  forgetRuns(runIds: readonly string[]): void;
}

/**
 * Keeps them in `verified-reports.json` under `home`. It is a memory, no proof: one that is damaged is begun anew, and
 * whoever wants to know verifies again. `exclusively` as for environments.
 */
export function createVerifications(home: string, exclusively: <Result>(work: () => Result) => Result): Verifications {
  const path = join(home, 'verified-reports.json');

  function read(): Kept {
    try {
      return keptSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch {
      return { version: 1, exported: {}, brought: [] };
    }
  }
  function change(work: (kept: Kept) => Kept): boolean {
    try {
      mkdirSync(home, { recursive: true, mode: 0o700 });
      exclusively(() => writeDurably(path, `${JSON.stringify(work(read()), undefined, 2)}\n`));
      return true;
    } catch {
      return false;
    }
  }

  return {
    ofExported: (reportId) => read().exported[reportId] ?? null,
    brought: () => read().brought,
    keepExported: (reportId, verification) => change((kept) => ({ ...kept, exported: { ...kept.exported, [reportId]: verification } })),
    keepBrought(report) {
      const fresh = { ...report, name: report.name.slice(0, LONGEST_TEXT), run_id: report.run_id?.slice(0, LONGEST_TEXT) ?? null };
      return change((kept) => ({ ...kept, brought: [fresh, ...kept.brought.filter(({ name, run_id }) => name !== fresh.name || run_id !== fresh.run_id)].slice(0, BROUGHT_KEPT) }));
    },
    forgetRuns(runIds) {
      const erased = new Set<string | null>(runIds);
      if (read().brought.some(({ run_id }) => erased.has(run_id))) change((kept) => ({ ...kept, brought: kept.brought.filter(({ run_id }) => !erased.has(run_id)) }));
    },
  };
}
