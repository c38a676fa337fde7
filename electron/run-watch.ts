import type { Operator } from '../operator/operator.ts';
import { environmentProcedures } from '../shared/contract/operator/environments.ts';
import { procedures } from '../shared/contract/operator/procedures.ts';
import { runProcedures } from '../shared/contract/operator/runs.ts';
import { type RunsSeen, isGoing } from './run-notices.ts';

const WHILE_GOING_MS = 2_000;
const OTHERWISE_MS = 15_000;
/** The newest ones: older runs go no more. */
const RUNS_ASKED = 20;

/** Main's own eye on runs. */
export interface RunWatch {
  /** How they stood when last asked; undefined before the first answer. */
  seen(): RunsSeen | undefined;
  /** Asks now: something was done, or the machine was asleep. */
  wake(): void;
  close(): void;
}

export interface RunWatchParts {
  readonly ask: () => Promise<RunsSeen | undefined>;
  readonly onSeen: (before: RunsSeen | undefined, now: RunsSeen) => void;
}

/** Asks again and again, more often while a run goes. What cannot be asked leaves what was seen. */
export function watchRuns({ ask, onSeen }: RunWatchParts): RunWatch {
  let last: RunsSeen | undefined;
  let timer: NodeJS.Timeout | undefined;
  let asking = false;
  let isWoken = false;
  let isClosed = false;

  async function look(): Promise<void> {
    clearTimeout(timer);
    if (asking) {
      isWoken = true;
      return;
    }
    asking = true;
    const now = await ask().catch(() => undefined);
    asking = false;
    if (isClosed) return;
    if (now !== undefined) {
      const before = last;
      last = now;
      onSeen(before, now);
    }
    timer = setTimeout(() => void look(), isWoken ? 0 : last?.runs.some(isGoing) === true ? WHILE_GOING_MS : OTHERWISE_MS);
    isWoken = false;
  }

  void look();
  return {
    seen: () => last,
    wake: () => void look(),
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Asks the operator in process how runs stand in the current environment; undefined where there is none. */
export async function askForRuns(call: Operator['call']): Promise<RunsSeen | undefined> {
  const ask = (name: string, input: unknown) => call(name, input, { transport: 'in-process' });
  const environments = await ask('environments.list', {});
  if (!environments.ok) return undefined;
  const current = environmentProcedures['environments.list'].output.parse(environments.value).items.find((environment) => environment.current);
  if (current === undefined) return undefined;
  const connection = await ask('environments.getConnection', {});
  const state = connection.ok ? environmentProcedures['environments.getConnection'].output.parse(connection.value).state : 'unreachable';
  const runs = await ask('runs.list', { offset: 0, limit: RUNS_ASKED });
  if (!runs.ok) return undefined;
  return {
    runs: runProcedures['runs.list'].output.parse(runs.value).items.map(({ run }) => run),
    isRefused: state === 'refused' || state === 'no_token',
    isPractice: current.kind === 'practice',
  };
}

/** Whether a call can have changed how runs stand. */
export function isCommand(name: string): boolean {
  return Object.hasOwn(procedures, name) && procedures[name as keyof typeof procedures].kind === 'command';
}
