import type { Migration } from '../../shared/contract/admin/migrations.ts';

/** The cohort tag that is typed in production, where the server tells it among the public settings. */
export function cohortTag(migration: Migration): string | undefined {
  const tag = migration.settings['cohort_tag'];
  return typeof tag === 'string' ? tag : undefined;
}
