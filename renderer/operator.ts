import { createContext, useCallback, useContext, useEffect, useRef, useState } from 'react';
import { createOperatorClient, type OperatorClient, type Send } from '../shared/contract/operator/client.ts';
import type { ProcedureInput, ProcedureOutput } from '../shared/contract/operator/dispatch.ts';
import type { ProcedureName } from '../shared/contract/operator/procedures.ts';
import { OperatorError, type OperatorProblem } from '../shared/contract/operator/reply.ts';
import type { Host } from './host.ts';
import { useRefresh } from './stores/refresh.ts';

const HostContext = createContext<{ readonly host: Host; readonly client: OperatorClient } | null>(null);
export const HostProvider = HostContext.Provider;

/** The operator's client over a host's transport, to be given to `HostProvider`. */
export function clientOver(send: Send): OperatorClient {
  return createOperatorClient(send);
}

export function useHost(): Host {
  return useConnected().host;
}

export function useOperator(): OperatorClient {
  return useConnected().client;
}

function useConnected(): { readonly host: Host; readonly client: OperatorClient } {
  const connected = useContext(HostContext);
  if (connected === null) throw new Error('HostProvider is missing above this component.');
  return connected;
}

/** What is known of a query: its last value stays while it is asked again, and when asking fails. */
export interface QueryState<Value> {
  readonly value: Value | undefined;
  readonly problem: OperatorProblem | undefined;
  readonly loading: boolean;
}

/**
 * Asks a query, again whenever a command has gone through, and every `pollMs` where given. A null input asks nothing.
 * A value that has not changed keeps its identity.
 */
export function useOperatorQuery<Name extends ProcedureName>(
  name: Name,
  input: ProcedureInput<Name> | null,
  options: { readonly pollMs?: number } = {},
): QueryState<ProcedureOutput<Name>> & { readonly reload: () => void } {
  const client = useOperator();
  const version = useRefresh((state) => state.version);
  const [attempt, setAttempt] = useState(0);
  const inputKey = JSON.stringify(input);
  const [state, setState] = useState<QueryState<ProcedureOutput<Name>> & { readonly key: string }>({ key: '', value: undefined, problem: undefined, loading: true });
  const { pollMs } = options;
  const latestInput = useRef(input);
  latestInput.current = input;

  useEffect(() => {
    let isCurrent = true;
    let timer: number | undefined;
    const ask = async (): Promise<void> => {
      const asked = latestInput.current;
      if (asked === null) return;
      try {
        const value = await client.call(name, asked);
        if (isCurrent) setState((known) => settled(known, inputKey, value));
      } catch (thrown) {
        if (isCurrent) setState((known) => ({ key: inputKey, value: known.key === inputKey ? known.value : undefined, problem: problemOf(thrown), loading: false }));
      }
      if (isCurrent && pollMs !== undefined) timer = window.setTimeout(() => void ask(), pollMs);
    };
    void ask();
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
  }, [client, name, inputKey, version, attempt, pollMs]);

  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  if (state.key !== inputKey) return { value: undefined, problem: undefined, loading: input !== null, reload };
  return { value: state.value, problem: state.problem, loading: state.loading, reload };
}

function settled<Value>(known: QueryState<Value> & { readonly key: string }, key: string, value: Value): QueryState<Value> & { readonly key: string } {
  const isSame = known.key === key && known.problem === undefined && JSON.stringify(known.value) === JSON.stringify(value);
  return isSame ? known : { key, value, problem: undefined, loading: false };
}

/** A command that a person gives: busy while it runs, its problem kept until the next try. */
export interface Command<Name extends ProcedureName> {
  readonly busy: boolean;
  readonly problem: OperatorProblem | undefined;
  /** Undefined when it failed: the problem says why. */
  run(input: ProcedureInput<Name>): Promise<ProcedureOutput<Name> | undefined>;
  clear(): void;
}

/** Gives a command and, when it has gone through or failed, has every query asked again. */
export function useOperatorCommand<Name extends ProcedureName>(name: Name): Command<Name> {
  const client = useOperator();
  const refresh = useRefresh((state) => state.refresh);
  const [state, setState] = useState<{ readonly busy: boolean; readonly problem: OperatorProblem | undefined }>({ busy: false, problem: undefined });
  const run = useCallback(
    async (input: ProcedureInput<Name>) => {
      setState({ busy: true, problem: undefined });
      try {
        const value = await client.call(name, input);
        setState({ busy: false, problem: undefined });
        return value;
      } catch (thrown) {
        setState({ busy: false, problem: problemOf(thrown) });
        return undefined;
      } finally {
        refresh();
      }
    },
    [client, name, refresh],
  );
  const clear = useCallback(() => setState((known) => ({ ...known, problem: undefined })), []);
  return { ...state, run, clear };
}

/** The problem behind anything that was thrown, in words for a person. */
export function problemOf(thrown: unknown): OperatorProblem {
  if (thrown instanceof OperatorError) return thrown.problem;
  return {
    code: 'window_fault',
    title: 'The window met a fault of its own',
    detail: thrown instanceof Error && thrown.message !== '' ? thrown.message : 'Try again; if it comes back, reload the window.',
    request_id: null,
  };
}
