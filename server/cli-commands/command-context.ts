import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { dirname } from 'node:path';
import { readServerConfig, type ServerConfig } from '../config/server-config.ts';
import type { SettingSource } from '../config/read-setting.ts';
import { lockFolder } from '../store/folder-lock.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';

/** What the commands of the server take from the world. */
export interface CommandContext {
  readonly settings: SettingSource;
  readonly now: () => Date;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newId: () => string;
  /** Results, for people and pipes. */
  readonly print: (text: string) => void;
  /** The person's name on this machine, for the audit log. */
  readonly osUser: () => string;
  /** Asks at a terminal; null where there is none: nothing waits for an answer that cannot come. */
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
    ask: askAtTerminal,
    note: (text) => void process.stderr.write(`${text}\n`),
  };
}

async function askAtTerminal(question: string): Promise<string | null> {
  if (!process.stdin.isTTY) return null;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

/** Who acts when an administrator uses the machine itself. */
export const commandLineActor = 'drydock-server';

/**
 * Runs `work` on the configured database and closes it again, whatever happens. An embedded database is locked for
 * this process first.
 */
export async function withStore<Result>(context: CommandContext, schema: 'migrate' | 'check', work: (store: Store, config: ServerConfig) => Promise<Result>): Promise<Result> {
  const config = readServerConfig(context.settings);
  const lock = config.store.kind === 'pglite' && config.store.folder !== undefined ? lockFolder(dirname(config.store.folder)) : null;
  try {
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
