import type { ConfigFile } from '../config/config-file.ts';

/** The practice environment's own declaration: what `DRYDOCK_CONFIG` is elsewhere. */
export const practiceConfig: ConfigFile = {
  environment: { id: 'practice', name: 'Practice', kind: 'practice' },
  migrations: [
    {
      id: '2025-08-09',
      playbook: 'account-prep',
      title: 'Downgraded subscribers, August 2025',
      flag: 'migration.csv_2025_08_09_enabled',
      settings: { cohort_tag: '2025-08-09-csv' },
    },
  ],
  // The whole sample signs in from one loopback address here; the usual breaker would take that for an attack.
  sign_in: { breaker_accounts_per_address: 200 },
};

export const practiceMigration = '2025-08-09';
