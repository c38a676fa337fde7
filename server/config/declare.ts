import { sql } from 'kysely';
import type { AdminTx } from '../store/store.ts';
import { jsonText } from '../store/json-text.ts';
import type { ServerConfig } from './server-config.ts';
import { SettingError } from './setting-error.ts';

const BY_CONFIGURATION = 'configuration';

/** A cohort that the configuration names no more binds no more; what an approval has bound stays. */
const unboundAgain = {
  bound_cohort: sql<string | null>`case when migrations.bound_by = ${BY_CONFIGURATION} then null else migrations.bound_cohort end`,
  bound_by: sql<string | null>`nullif(migrations.bound_by, ${BY_CONFIGURATION})`,
};

/**
 * Brings the declared migrations and their flags into the database. Flags that are new are off (A15); what somebody
 * switched stays as it is. A cohort that is named binds its migration, over an earlier approval too; one that was named before and
 * is not now leaves it to the next approved plan. A migration that is no longer declared stays too: its history is not the configuration's.
 * @throws SettingError when the database belongs to another environment.
 */
export async function declareEnvironment(tx: AdminTx, config: Pick<ServerConfig, 'environment' | 'migrations'>): Promise<void> {
  await tx.insertInto('environment').values({ id: config.environment.id }).onConflict((conflict) => conflict.doNothing()).execute();
  const { id } = await tx.selectFrom('environment').select('id').executeTakeFirstOrThrow();
  if (id !== config.environment.id) throw new SettingError('DRYDOCK_CONFIG', `environment.id is ${config.environment.id}, but this database belongs to ${id}`);
  for (const migration of config.migrations) {
    await tx.insertInto('feature_flags').values({ name: migration.flag }).onConflict((conflict) => conflict.doNothing()).execute();
    const declared = {
      playbook: migration.playbook,
      title: migration.title,
      flag: migration.flag,
      cohort_tag: migration.settings.cohort_tag,
      settings: jsonText(migration.settings),
    };
    await tx
      .insertInto('migrations')
      .values({ id: migration.id, ...declared, ...(migration.cohort === undefined ? {} : { bound_cohort: migration.cohort, bound_by: BY_CONFIGURATION }) })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...declared, ...(migration.cohort === undefined ? unboundAgain : { bound_cohort: migration.cohort, bound_by: BY_CONFIGURATION }) }))
      .execute();
  }
}
