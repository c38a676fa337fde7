import { listMigrations } from '../../shared/contract/admin/migrations.ts';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import { checkAddress } from '../environments/address-check.ts';
import type { ManagedEnvironments } from '../environments/open-environments.ts';
import type { PracticeServer } from '../environments/practice.ts';

type EnvironmentHandlers = Pick<
  Handlers,
  | 'environments.list'
  | 'environments.add'
  | 'environments.use'
  | 'environments.setToken'
  | 'environments.removeToken'
  | 'environments.describeToken'
  | 'environments.checkAddress'
  | 'environments.remove'
  | 'environments.confirmPin'
  | 'environments.getConnection'
  | 'practice.start'
  | 'practice.getStatus'
  | 'migrations.list'
>;

/** Environments, the practice server, and what an environment says it has. */
export function createEnvironmentHandlers(environments: ManagedEnvironments, practice: PracticeServer): EnvironmentHandlers {
  return {
    'environments.list': async () => ({ items: [...environments.list()] }),
    'environments.add': ({ name, url, token }) => environments.add(name, url, token),
    'environments.use': async ({ name }) => environments.use(name),
    'environments.setToken': ({ name, token }) => environments.setToken(name, token),
    'environments.removeToken': async ({ name }) => environments.removeToken(name),
    'environments.describeToken': async ({ name }) => environments.describeToken(name),
    'environments.checkAddress': ({ url }) => checkAddress(url),
    'environments.remove': async ({ name }) => {
      environments.remove(name);
      return {};
    },
    'environments.confirmPin': ({ name }) => environments.confirmPin(name),
    'environments.getConnection': ({ name }) => environments.getConnection(name),
    'practice.start': ({ reset }) => environments.startPractice(reset ?? false),
    'practice.getStatus': async () => {
      const status = practice.status();
      return {
        state: status.state,
        detail: status.state === 'failed' ? status.detail : null,
        temporary_password: status.state === 'ready' ? status.ready.temporary_password : null,
      };
    },
    'migrations.list': async () => {
      const environment = await environments.connect();
      const { items } = await environment.read(listMigrations, { params: {}, query: {} });
      return { items };
    },
  };
}
