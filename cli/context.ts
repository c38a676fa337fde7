import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import type { OperatorClient } from '../shared/contract/operator/client.ts';
import { createOperatorClient } from '../shared/contract/operator/client.ts';
import { createFileSecretStore } from '../operator/environments/file-secret-store.ts';
import { homeFolder } from '../operator/hosts/home-folder.ts';
import { type Operator, createOperator } from '../operator/operator.ts';
import type { Host } from '../operator/parts.ts';
import { createChromiumPrinter } from '../operator/reports/chromium-printer.ts';
import { silentLog } from '../operator/log.ts';
import { installationVersion } from './installation-version.ts';
import type { ExitCode } from './exit-code.ts';
import { shown } from './shown-text.ts';
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

/**
 * Runs the body of a command with what was asked of all commands; its result is how the process ends. Ctrl-C
 * leaves it at once, for what was asked of the server is in the journal and is settled by the next command;
 * a body that must come to an end itself says `finish`.
 */
export type RunCommand = (body: (context: CommandContext) => Promise<ExitCode>, onInterrupt?: 'leave' | 'finish') => Promise<void>;

/** An open operator and its client, for the length of one command. */
export interface OpenedOperator {
  readonly operator: Operator;
  readonly client: OperatorClient;
}

/** Opens the operator on the home folder, in process, and closes it whatever happens. */
export async function withOperator<Result>(context: CommandContext, work: (opened: OpenedOperator) => Promise<Result>, host: Host = 'command-line'): Promise<Result> {
  const home = homeFolder(context.env, process.platform, homedir());
  const operator = await createOperator({
    home,
    host,
    version: installationVersion(),
    secretStore: createFileSecretStore(home),
    clock: () => new Date(),
    randomBytes: (count) => randomBytes(count),
    env: context.env,
    log: silentLog,
    pdfPrinter: createChromiumPrinter({ platform: process.platform, env: context.env, isRoot: process.getuid?.() === 0 }),
    ...(context.environmentName === undefined ? {} : { environmentName: context.environmentName }),
  });
  try {
    warnOfDamage(context, operator);
    const client = createOperatorClient((name, input) => operator.call(name, input, { transport: 'in-process' }));
    return await work({ operator, client });
  } finally {
    await operator.close();
  }
}

/** Whoever goes on with a journal that does not hold must know it; nothing is refused, for a run may have to be stopped. */
function warnOfDamage({ terminal }: CommandContext, operator: Operator): void {
  const { damage } = operator.parts.journal.condition().verdict;
  if (damage !== null) terminal.err(`${shown(`drydock: the journal does not hold. ${damage.detail} "drydock journal verify" says more.`)}\n`);
}
