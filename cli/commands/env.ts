import type { Command } from 'commander';
import type { Environment } from '../../shared/contract/operator/environments.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { environmentName } from '../options.ts';
import { printResult, table } from '../print.ts';
import { UsageError } from '../usage-error.ts';

const HELP = `
The environment's id, kind and receipt key are pinned when it is added; should they
change later, everything stops until "env confirm". A token is read from standard
input or from DRYDOCK_TOKEN, never from an argument, which others could see.

Example:
  $ drydock env add staging --url https://api.staging.example --token-stdin < token.txt
  $ drydock env use staging
  $ drydock env list`;

/** `drydock env add | list | use | token | confirm`. */
export function addEnvCommand(program: Command, run: RunCommand): void {
  const env = program.command('env').description('the admin APIs that Drydock may call').addHelpText('after', HELP);
  env
    .command('add')
    .description('add an environment and make it the current one')
    .argument('<name>', 'a short name: a-z, 0-9 and hyphens', environmentName)
    .requiredOption('--url <url>', 'its address; http is for this machine alone')
    .option('--token-stdin', 'read a token from standard input and store it')
    .action((name: string, flags: { url: string; tokenStdin?: boolean }) => run((context) => add(context, name, flags.url, flags.tokenStdin ?? false)));
  env
    .command('list')
    .description('list the environments')
    .action(() => run(list));
  env
    .command('use')
    .description('make an environment the current one')
    .argument('<name>')
    .action((name: string) => run((context) => change(context, 'environments.use', name, 'is now the current environment')));
  env
    .command('token')
    .description('store a token, read from standard input')
    .argument('<name>')
    .action((name: string) => run((context) => storeToken(context, name)));
  env
    .command('confirm')
    .description('accept what an environment now says of itself, after you have made sure that it is right')
    .argument('<name>')
    .action((name: string) => run((context) => change(context, 'environments.confirmPin', name, 'is confirmed as it is now')));
}

async function add(context: CommandContext, name: string, url: string, withToken: boolean): Promise<ExitCode> {
  const token = withToken ? await tokenFromInput(context) : undefined;
  return withOperator(context, async ({ client }) => {
    const added = await client.call('environments.add', { name, url, ...(token === undefined ? {} : { token }) });
    const environment = await client.call('environments.use', { name: added.name });
    printResult(context, environment, [`${environment.name} is added and is the current environment.`, ...describe(environment), '', 'Next: drydock check FILE']);
    return exitCodes.done;
  });
}

async function storeToken(context: CommandContext, name: string): Promise<ExitCode> {
  const token = await tokenFromInput(context);
  return withOperator(context, async ({ client }) => {
    const environment = await client.call('environments.setToken', { name, token });
    printResult(context, environment, [`The token for ${environment.name} is stored.`]);
    return exitCodes.done;
  });
}

async function change(context: CommandContext, call: 'environments.use' | 'environments.confirmPin', name: string, what: string): Promise<ExitCode> {
  return withOperator(context, async ({ client }) => {
    const environment = await client.call(call, { name });
    printResult(context, environment, [`${environment.name} ${what}.`, ...describe(environment)]);
    return exitCodes.done;
  });
}

async function list(context: CommandContext): Promise<ExitCode> {
  return withOperator(context, async ({ client }) => {
    const { items } = await client.call('environments.list', {});
    const rows = items.map(({ name, kind, url, current, has_token: hasToken, pin_changed: changed }) => [
      current ? '*' : ' ',
      name,
      kind,
      url,
      hasToken ? 'token' : 'no token',
      changed === null ? '' : `${changed.field} has changed: stopped until confirmed`,
    ]);
    const lines = rows.length === 0 ? ['No environment yet.', 'Next: drydock env add NAME --url URL, or drydock serve --practice'] : table(rows);
    printResult(context, { items, next_cursor: null }, lines);
    return exitCodes.done;
  });
}

function describe(environment: Environment): string[] {
  return table([
    ['  kind', environment.kind],
    ['  id', environment.environment_id],
    ['  address', environment.url],
    ['  receipt key', environment.receipt_public_key],
  ]);
}

async function tokenFromInput({ terminal }: CommandContext): Promise<string> {
  const token = (await terminal.readInput())?.trim();
  if (token === undefined) throw new UsageError('Pipe the token in: drydock env token NAME < token.txt');
  if (token === '') {
    throw new OperatorError({ code: 'no_token', title: 'Standard input holds no token', detail: 'Nothing was stored. Pipe the token in: drydock env token NAME < token.txt', request_id: null });
  }
  return token;
}
