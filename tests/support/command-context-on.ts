import { type CommandContext, processContext } from '../../server/cli-commands/command-context.ts';
import type { StoreLocation } from '../../server/store/open-store.ts';

/** The migration that the configuration of such a command declares. */
export const COMMAND_MIGRATION = '2025-08-09';

/** What a command of `drydock-server` runs with, on that PostgreSQL, for that environment and as root, and what it prints. */
export function commandContextOn(location: StoreLocation, environmentId = 'acme-staging'): { readonly context: CommandContext; readonly printed: readonly string[] } {
  const migration = { id: COMMAND_MIGRATION, playbook: 'account-prep', title: 'Downgraded subscribers', flag: 'migration.csv_2025_08_09_enabled', settings: { cohort_tag: '2025-08-09-csv' } };
  const env = {
    DRYDOCK_CONFIG: JSON.stringify({ environment: { id: environmentId, name: 'Acme staging', kind: 'staging' }, migrations: [migration] }),
    DRYDOCK_DATABASE_URL: location.kind === 'postgres' ? location.url : '',
    DRYDOCK_JWT_SECRET: 'j'.repeat(32),
    DRYDOCK_SECRET_KEY: 's'.repeat(32),
    DRYDOCK_RECEIPT_KEY: Buffer.alloc(32, 7).toString('base64'),
    DRYDOCK_TEMP_PASSWORD: 'a word for the whole cohort 1!',
  };
  const printed: string[] = [];
  return { context: { ...processContext(), settings: { env, readFile: () => '' }, print: (text) => void printed.push(text), osUser: () => 'root' }, printed };
}
