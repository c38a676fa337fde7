import { Command } from 'commander';
import pino from 'pino';
import { requireSetting } from '../config/read-setting.ts';
import { receiptKeyFrom } from '../config/receipt-key-setting.ts';
import { readServerConfig, type ServerConfig } from '../config/server-config.ts';
import { SettingError } from '../config/setting-error.ts';
import { createServerLog } from '../log.ts';
import { keptReceiptKey } from '../receipts/kept-receipt-key.ts';
import type { ReceiptKey } from '../receipts/receipt-key.ts';
import { openStore } from '../store/open-store.ts';
import type { AdminTx } from '../store/store.ts';
import { startServer } from '../start-server.ts';
import type { CommandContext } from './command-context.ts';
import { lockDataFolder, makeEmbeddedDatabase } from './data-folder.ts';

/** `start`: the admin API, until it is asked to stop. */
export function startCommand(context: CommandContext): Command {
  return new Command('start')
    .description('Run the admin API')
    .addHelpText('after', '\nSettings come from the environment, see: drydock-server --help. Ends at SIGTERM or SIGINT, after what is in flight. With --json\nit prints {url} once it listens; the log is on stderr.\n\nExample:\n  DRYDOCK_CONFIG=/etc/drydock.json DRYDOCK_DATA=/var/lib/drydock drydock-server start')
    .action(async () => {
      const config = readServerConfig(context.settings);
      const ready = async (url: string): Promise<void> => {
        if (context.json) context.print(JSON.stringify({ url }));
      };
      if (config.store.kind === 'postgres') return serveUntilStopped(context, config, { schema: 'check', ready });
      const folder = requireSetting(context.settings, 'DRYDOCK_DATA', 'the embedded database lives there');
      const lock = lockDataFolder(folder);
      try {
        await serveUntilStopped(context, { ...config, receiptKey: config.receiptKey ?? keptReceiptKey(folder, context.randomBytes) }, { schema: 'migrate', ready });
      } finally {
        lock.release();
      }
    });
}

/** A stop takes this long at most, beside what the configuration asks for draining. */
const STOP_LIMIT_MS = 30_000;

/** How a server is to be brought up. */
export interface ServeOptions {
  /** An embedded database belongs to this process, which migrates it; a shared one is migrated by `migrate`. */
  readonly schema: 'migrate' | 'check';
  readonly prepare?: (tx: AdminTx) => Promise<void>;
  /** Called once it listens. */
  readonly ready?: (url: string) => Promise<void>;
}

/** Runs a server until SIGTERM or SIGINT, then lets what is in flight end. */
export async function serveUntilStopped(context: CommandContext, config: ServerConfig, options: ServeOptions): Promise<void> {
  const stopped = stopSignal();
  const log = createServerLog(pino.destination({ fd: 2, sync: true }));
  const receiptKey = receiptKeyOf(config);
  await makeEmbeddedDatabase(config.store);
  const store = await openStore(config.store, options.schema);
  try {
    const server = await startServer(config, {
      store,
      receiptKey,
      log,
      now: context.now,
      newId: context.newId,
      randomBytes: context.randomBytes,
      ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
    });
    try {
      await options.ready?.(server.url);
      await stopped;
      log.info('stopping');
    } finally {
      // What hangs beyond every limit of its own must not keep the process: whoever asked it to stop waits.
      setTimeout(() => process.exit(1), STOP_LIMIT_MS + config.drainSeconds * 1000).unref();
      await server.stop();
    }
  } finally {
    await store.close();
  }
}

function receiptKeyOf(config: ServerConfig): ReceiptKey {
  if (config.receiptKey === null) throw new SettingError('DRYDOCK_RECEIPT_KEY', 'is not set; receipts are signed with it');
  return receiptKeyFrom(config.receiptKey);
}

/** Resolves when the process is asked to end. A second signal ends it at once, in case the first cannot be carried out. */
async function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
