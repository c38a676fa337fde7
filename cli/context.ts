import { randomBytes } from 'node:crypto';
import type { OperatorClient } from '../shared/contract/operator/client.ts';
import { createOperatorClient } from '../shared/contract/operator/client.ts';
import { createFileSecretStore } from '../operator/environments/file-secret-store.ts';
import { type Operator, createOperator } from '../operator/operator.ts';
import { silentLog } from '../operator/log.ts';
import { installationVersion } from './installation-version.ts';
import { homeFolder } from './home-folder.ts';
import type { ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets: where to print, what was asked of all commands, and the way to the operator. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--json`: one document on stdout. */
  readonly json: boolean;
  /** `--env`: the environment that this call goes to. */
  readonly environmentName: string | undefined;
}

/** Runs the body of a command with what was asked of all commands; its result is how the process ends. */
export type RunCommand = (body: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;

/** An open operator and its client, for the length of one command. */
export interface OpenedOperator {
  readonly operator: Operator;
  readonly client: OperatorClient;
}

/** Opens the operator on the home folder, in process, and closes it whatever happens. */
export async function withOperator<Result>(context: CommandContext, work: (opened: OpenedOperator) => Promise<Result>): Promise<Result> {
  const home = homeFolder(context.env, process.platform);
  const operator = await createOperator({
    home,
    host: 'command-line',
    version: installationVersion(),
    secretStore: createFileSecretStore(home),
    clock: () => new Date(),
    randomBytes: (count) => randomBytes(count),
    env: context.env,
    log: silentLog,
    ...(context.environmentName === undefined ? {} : { environmentName: context.environmentName }),
  });
  try {
    const client = createOperatorClient((name, input) => operator.call(name, input, { transport: 'in-process' }));
    return await work({ operator, client });
  } finally {
    await operator.close();
  }
}
