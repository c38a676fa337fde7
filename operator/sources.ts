import type { z } from 'zod';
import type { CheckSummary, LeftOutList, duplicateSchema, rejectedSchema, warningSchema } from '../shared/contract/operator/sources.ts';
import type { CohortRecord } from '../shared/core/cohort.ts';
import { problem } from './problems.ts';

export type LeftOutRow = z.infer<typeof rejectedSchema> | z.infer<typeof duplicateSchema> | z.infer<typeof warningSchema>;

/**
 * A file that was checked in this launch. Rows are read as often as needed, in file order; whoever keeps them
 * decides how, so that a million rows need not lie in memory.
 */
export interface CheckedSource {
  readonly summary: CheckSummary;
  records(): Iterable<CohortRecord>;
  rejected(): Iterable<z.infer<typeof rejectedSchema>>;
  duplicates(): Iterable<z.infer<typeof duplicateSchema>>;
  warnings(): Iterable<z.infer<typeof warningSchema>>;
  /** Rows of one of the three lists from a place on, without reading those before it. */
  page(list: LeftOutList, offset: number, limit: number): readonly LeftOutRow[];
  /** Frees what the source holds. */
  release(): void;
}

/** The files checked in this launch, by `source_id`. */
export interface CheckedSources {
  add(source: CheckedSource): void;
  /** @throws OperatorError `unknown_source` */
  get(sourceId: string): CheckedSource;
  /** Releases the files for which `isOf` says yes. */
  releaseThose(isOf: (summary: CheckSummary) => boolean): void;
  close(): void;
}

/** Starts with no source; `close` releases all. */
export function createCheckedSources(): CheckedSources {
  const byId = new Map<string, CheckedSource>();
  return {
    add(source) {
      byId.get(source.summary.source_id)?.release();
      byId.set(source.summary.source_id, source);
    },
    get(sourceId) {
      const source = byId.get(sourceId);
      if (source === undefined) throw problem('unknown_source', 'That file is not open here', 'Open the file again; it is checked anew.');
      return source;
    },
    releaseThose(isOf) {
      for (const [sourceId, source] of byId) {
        if (!isOf(source.summary)) continue;
        source.release();
        byId.delete(sourceId);
      }
    },
    close() {
      for (const source of byId.values()) source.release();
      byId.clear();
    },
  };
}
