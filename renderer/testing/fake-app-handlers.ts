import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { Environment } from '../../shared/contract/operator/environments.ts';
import { fakeJournalHandlers } from './fake-journal-handlers.ts';
import { fakeReportHandlers } from './fake-report-handlers.ts';
import { fakeSession, MIGRATION, type FakeWorld } from './fake-world.ts';

type AppNames = Extract<keyof Handlers, `app.${string}` | `environments.${string}` | `practice.${string}` | `migrations.${string}` | `journal.${string}` | `reports.${string}`>;

/** App, environments, journal and reports of the made-up operator. */
export function fakeAppHandlers(world: FakeWorld): Pick<Handlers, AppNames> {
  const environment = (): Environment => {
    const session = fakeSession(world);
    return { name: session.environment.name, url: 'http://127.0.0.1:4010', kind: session.environment.kind, environment_id: session.environment.id, receipt_public_key: session.receipt_public_key, current: true, has_token: true, pin_changed: null };
  };
  return {
    'app.getInfo': () => Promise.resolve({ version: '0.1.0', host: 'browser', home: '/home/kim/.local/share/drydock', secret_store: 'file', sample_available: true, parts: [{ name: 'Node.js', version: '24.21.0' }, { name: 'SQLite', version: '3.53.0' }] }),
    'app.describeDownload': () => Promise.resolve({ file_name: 'rejects.csv', media_type: 'text/csv', bytes: 300 }),
    'app.releaseFile': () => Promise.resolve({}),
    'environments.list': () => Promise.resolve({ items: world.environment === null ? [] : [environment()] }),
    'environments.add': (input) => {
      world.environment = { name: input.name, kind: 'staging' };
      return Promise.resolve({ ...environment(), name: input.name, url: input.url });
    },
    'environments.use': () => Promise.resolve(environment()),
    'environments.setToken': () => Promise.resolve(environment()),
    'environments.removeToken': () => Promise.resolve({ ...environment(), has_token: false }),
    'environments.describeToken': () => {
      const { sub, scopes, expires_at: expiresAt, environment: { id } } = fakeSession(world);
      const told = { subject: sub, issuer: id, scopes: [...scopes], expires_at: expiresAt };
      return Promise.resolve({ state: 'valid', from: world.environment?.kind === 'practice' ? 'practice' : 'kept', ...told, ...world.token });
    },
    'environments.checkAddress': ({ url }) => Promise.resolve({ url, ...(world.address ?? { verdict: 'admin_api', code: null, title: 'This is an admin API of Drydock', detail: 'It answers as one and asks for a token.' }) }),
    'environments.remove': () => {
      world.environment = null;
      return Promise.resolve({});
    },
    'environments.confirmPin': () => Promise.resolve(environment()),
    'environments.getConnection': () => {
      if (world.environment === null) return Promise.resolve({ state: 'none' });
      return Promise.resolve(world.reachable ? { state: 'connected', session: fakeSession(world) } : { state: 'unreachable', detail: 'Nothing answers at http://127.0.0.1:4010. Runs that were started go on there.' });
    },
    'practice.start': () => {
      world.environment = { name: 'practice', kind: 'practice' };
      world.reachable = true;
      return Promise.resolve({ environment: environment(), migration: MIGRATION });
    },
    'practice.getStatus': () => Promise.resolve({ state: world.environment?.kind === 'practice' ? 'ready' : 'stopped', detail: null, temporary_password: world.environment?.kind === 'practice' ? 'practice-temporary-1' : null }),
    'migrations.list': () =>
      Promise.resolve({
        items: [
          {
            id: MIGRATION,
            playbook: 'account-prep',
            playbook_version: '1',
            title: 'Prepare legacy accounts, 9 August 2025',
            flag: { name: 'migration.csv_2025_08_09_enabled', enabled: !world.isFlagOff },
            settings: { cohort_tag: '2025-08-09-csv', klaviyo: false },
            bound_cohort: null,
            progress: { prepared: world.execution?.done ?? 0, signed_in: 0, completed: 0 },
          },
        ],
      }),
    ...fakeJournalHandlers(world),
    ...fakeReportHandlers(world),
  };
}
