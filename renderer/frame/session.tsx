import { createContext, useContext, type ReactNode } from 'react';
import type { Migration } from '../../shared/contract/admin/migrations.ts';
import type { Connection, Environment } from '../../shared/contract/operator/environments.ts';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import { useOperatorQuery } from '../operator.ts';
import { usePlace } from '../stores/place.ts';

const CONNECTION_POLL_MS = 5000;

/** What every part of the window needs to know of the environment it works in. */
export interface Session {
  /** Undefined while it is not known yet. */
  readonly environments: readonly Environment[] | undefined;
  readonly environment: Environment | undefined;
  readonly connection: Connection | undefined;
  readonly migrations: readonly Migration[];
  readonly migrationsProblem: OperatorProblem | undefined;
  /** The migration that is worked on: the chosen one, or the only one. */
  readonly migration: Migration | undefined;
  /** Why nothing is known: the operator itself does not answer. */
  readonly problem: OperatorProblem | undefined;
  reload(): void;
}

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('SessionProvider is missing above this component.');
  return session;
}

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const environments = useOperatorQuery('environments.list', {}, { pollMs: CONNECTION_POLL_MS });
  const environment = environments.value?.items.find((candidate) => candidate.current);
  const connection = useOperatorQuery('environments.getConnection', environment === undefined ? null : { name: environment.name }, { pollMs: CONNECTION_POLL_MS });
  const isConnected = connection.value?.state === 'connected';
  const migrations = useOperatorQuery('migrations.list', isConnected ? {} : null);
  const chosen = usePlace((state) => state.migration);
  const items = migrations.value?.items ?? [];
  const migration = items.find((candidate) => candidate.id === chosen) ?? (items.length === 1 ? items[0] : undefined);
  const session: Session = {
    environments: environments.value?.items,
    environment,
    connection: connection.value,
    migrations: items,
    migrationsProblem: migrations.problem,
    migration,
    problem: environments.problem,
    reload: () => {
      environments.reload();
      connection.reload();
      migrations.reload();
    },
  };
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}
