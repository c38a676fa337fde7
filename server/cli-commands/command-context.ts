import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import type { ExitCode } from '../../shared/core/exit-code.ts';
import { readServerConfig, type ServerConfig } from '../config/server-config.ts';
import type { SettingSource } from '../config/read-setting.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { askAtTerminal } from './ask-at-terminal.ts';
import { lockDataFolder, makeEmbeddedDatabase } from './data-folder.ts';

/** What the commands of the server take from the world. */
export interface CommandContext {
  readonly settings: SettingSource;
  readonly now: () => Date;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newId: () => string;
  /** `--json`: one document on stdout. */
  readonly json: boolean;
  /** How the process ends where its work is done and that is not all there is to say. */
  readonly endsWith: (code: ExitCode) => void;
  /** Results, for people and pipes. */
  readonly print: (text: string) => void;
  /** The person's name on this machine, for the audit log. */
  readonly osUser: () => string;
  /** Asks at a terminal; null where there is none: nothing waits for an answer that cannot come. Ctrl-C and Ctrl-D throw `Interrupted`. */
  readonly ask: (question: string) => Promise<string | null>;
  /** Progress and remarks. */
  readonly note: (text: string) => void;
}

/** The world as it is. */
export function processContext(): CommandContext {
  return {
    settings: { env: process.env, readFile: (path) => readFileSync(path, 'utf8') },
    now: () => new Date(),
    randomBytes: (count) => randomBytes(count),
    newId: () => randomUUID(),
    print: (text) => void process.stdout.write(`${text}\n`),
    osUser: () => userInfo().username,
    json: false,
    endsWith: (code) => {
      process.exitCode = code;
    },
    ask: async (question) => (process.stdin.isTTY ? askAtTerminal({ input: process.stdin, output: process.stderr }, question) : null),
    note: (text) => void process.stderr.write(`${text}\n`),
  };
}

/** Who acts when an administrator uses the machine itself. */
export const commandLineActor = 'drydock-server';

/**
 * Runs `work` on the configured database and closes it again, whatever happens. An embedded database is locked for
 * this process first.
 */
export async function withStore<Result>(context: CommandContext, schema: 'migrate' | 'check', work: (store: Store, config: ServerConfig) => Promise<Result>): Promise<Result> {
  const config = readServerConfig(context.settings);
  const lock = config.store.kind === 'pglite' && config.store.folder !== undefined ? lockDataFolder(dirname(config.store.folder)) : null;
  try {
    await makeEmbeddedDatabase(config.store);
    const store = await openStore(config.store, schema);
    try {
      return await work(store, config);
    } finally {
      await store.close();
    }
  } finally {
    lock?.release();
  }
}
