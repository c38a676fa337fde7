import type { AdminTx } from '../store/store.ts';
import { jsonText } from '../store/json-text.ts';
import type { ServerConfig } from './server-config.ts';
import { SettingError } from './setting-error.ts';

/**
 * Brings the declared migrations and their flags into the database. Flags that are new are off (A15); what somebody
 * switched stays as it is. A migration that is no longer declared stays too: its history is not the configuration's.
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
      .values({ id: migration.id, ...declared, ...(migration.cohort === undefined ? {} : { bound_cohort: migration.cohort, bound_by: 'configuration' }) })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(declared))
      .execute();
  }
}
