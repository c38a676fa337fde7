import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type BrowserHost, startBrowserHost } from '../../operator/hosts/browser-host.ts';
import { homeFolder } from '../../operator/hosts/home-folder.ts';
import { browserOpener, openInBrowser } from '../../operator/hosts/open-in-browser.ts';
import { installationRoot } from '../../operator/resource-paths.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { wholeNumber } from '../options.ts';

type ServeFlags = { port?: number; open: boolean; practice?: boolean };

const HELP = `
The same window as in the app, on 127.0.0.1 alone. The address carries a key that works
once, for one tab. Over SSH: ssh -L 4020:127.0.0.1:4020 host drydock serve --port 4020

Example:
  $ drydock serve --practice
  $ drydock serve --port 4020 --no-open

Ctrl-C ends it; runs go on at the server.`;

/** `drydock serve`. */
export function addServeCommand(program: Command, run: RunCommand): void {
  program
    .command('serve')
    .description('open the operator app in the browser, on loopback')
    .option('--port <n>', 'the port; a free one unless given', wholeNumber)
    .option('--no-open', 'print the address and open nothing')
    .option('--practice', 'start the practice environment as well')
    .addHelpText('after', HELP)
    .action((flags: ServeFlags) => run((context) => serve(context, flags), 'finish'));
}

async function serve(context: CommandContext, flags: ServeFlags): Promise<ExitCode> {
  const pageFolder = join(installationRoot(), 'dist', 'renderer');
  if (!existsSync(join(pageFolder, 'index.html'))) throw notBuilt(pageFolder);
  return withOperator(context, async ({ client, operator }) => {
    const { terminal } = context;
    if (flags.practice === true) {
      if (!context.json) terminal.err('Starting the practice environment...\n');
      await client.call('practice.start', {});
    }
    const host = await startHost({ operator, pageFolder, randomBytes: (count) => randomBytes(count), ...(flags.port === undefined ? {} : { port: flags.port }) });
    let removePage: () => void = () => undefined;
    try {
      const opener = flags.open && !context.json ? browserOpener(process.platform, context.env) : undefined;
      removePage = await openWindow(opener, host.address, homeFolder(context.env, process.platform, homedir()));
      if (context.json) terminal.out(`${JSON.stringify({ url: host.origin, address: host.address })}\n`);
      else terminal.out(`Drydock is at ${host.address}\nThe address works once, for one tab. Ctrl-C ends it.\n`);
      await ended(terminal.interrupted);
      return exitCodes.done;
    } finally {
      removePage();
      await host.close();
    }
  }, 'browser');
}

async function startHost(options: Parameters<typeof startBrowserHost>[0]): Promise<BrowserHost> {
  try {
    return await startBrowserHost(options);
  } catch {
    throw new OperatorError({ code: 'port_taken', title: 'That port is not to be had', detail: 'Something else uses it, or it is reserved. Without --port a free one is taken.', request_id: null });
  }
}

/** A browser that cannot be opened is no failure: the address is printed all the same. */
async function openWindow(opener: readonly string[] | undefined, address: string, home: string): Promise<() => void> {
  if (opener === undefined) return () => undefined;
  try {
    return await openInBrowser(address, opener, home, randomBytes(16).toString('hex'));
  } catch {
    return () => undefined;
  }
}

function ended(interrupted: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (interrupted.aborted) return resolve();
    interrupted.addEventListener('abort', () => resolve(), { once: true });
    process.once('SIGTERM', () => resolve());
    process.once('SIGHUP', () => resolve());
    return undefined;
  });
}

function notBuilt(pageFolder: string): OperatorError {
  return new OperatorError({ code: 'not_built', title: 'The window is not built here', detail: `${pageFolder} is missing: run "npm ci && npm run build" first.`, request_id: null });
}
