import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { OperatorParts } from '../parts.ts';
import { problemOf } from '../problems.ts';
import type { CheckedSource } from '../sources.ts';
import { type JournaledPlan, journaledPlans, lastCheck, recordsOfPlan } from './journal-records.ts';

/**
 * A checked file: as it is open in this launch, or, once it was planned, as the journal keeps it, so that a plan can
 * be made again after a restart without the file.
 * @throws OperatorError `unknown_source`
 */
export function sourceOf({ sources, journal }: Pick<OperatorParts, 'sources' | 'journal'>, environment: ConnectedEnvironment, sourceId: string): CheckedSource {
  try {
    return sources.get(sourceId);
  } catch (thrown) {
    if (problemOf(thrown)?.code !== 'unknown_source') throw thrown;
    const kept = lastCheck(journal, { sourceId })?.check;
    const planned = kept?.summary.cohort === undefined || kept.summary.cohort === null ? undefined : plannedBefore(journal, environment, kept.summary.cohort);
    if (kept === undefined || planned === undefined) throw thrown;
    return {
      summary: kept.summary,
      records: () => recordsOfPlan(journal, planned),
      rejected: () => kept.rejected,
      duplicates: () => kept.duplicates,
      warnings: () => kept.warnings,
      page: (list, offset, limit) => kept[list].slice(offset, offset + limit),
      release: () => undefined,
    };
  }
}

/** The newest plan of a cohort whose records were not erased. */
function plannedBefore(journal: OperatorParts['journal'], environment: ConnectedEnvironment, cohort: string): JournaledPlan | undefined {
  let newest: JournaledPlan | undefined;
  for (const found of journaledPlans(journal, environment.name)) if (found.plan.cohort === cohort && found.plan.source_file !== '') newest = found;
  return newest;
}
