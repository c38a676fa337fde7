import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { createPasswordHashing } from '../auth/password-hashing.ts';
import { approvalPolicy, defaultSignInLimits } from '../config/config-file.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { acceptableTemporaryPassword } from '../config/temporary-password-setting.ts';
import { readSetting } from '../config/read-setting.ts';
import { sampleFile, templateFile } from '../installation.ts';
import { openEngine } from '../store/open-store.ts';
import { practiceConfig, practiceMigration } from '../practice/environment.ts';
import { embeddedDatabaseFolder, preparePracticeFolder } from '../practice/folder.ts';
import { type PracticeSecrets, practiceSecrets } from '../practice/secrets.ts';
import { sampleFileName } from '../practice/sample.ts';
import { seedPeople } from '../practice/seed-people.ts';
import { readTemplate, unpackTemplate } from '../practice/template.ts';
import { readUsersFile, type UserOfOnesOwn } from '../practice/users-file.ts';
import { signAdminToken } from '../tokens/admin-token.ts';
import type { Scope } from '../../shared/contract/admin/endpoint.ts';
import { type CommandContext, commandLineActor } from './command-context.ts';
import { inDataFolder, lockDataFolder } from './data-folder.ts';
import { serveUntilStopped } from './serve.ts';
import { UsageError } from './usage-error.ts';

const tokenTtlSeconds = 7 * 86_400;

interface PracticeOptions {
  readonly port: string;
  readonly reset?: boolean;
  readonly users?: string;
}

/**
 * `practice [--port N] [--reset] [--users FILE.csv]`: the whole server on made-up data (N4). Loopback only, whatever
 * is configured for other environments; ready is one JSON line on stdout and nothing else.
 */
export function practiceCommand(context: CommandContext): Command {
  return new Command('practice')
    .description('The whole server on an embedded database with made-up people, on loopback alone')
    .option('--port <number>', 'where to listen; 0 takes a free one', '0')
    .option('--reset', 'begin again: deletes the practice folder, and only a practice folder')
    .option('--users <file>', 'people of your own: email,full_name,stripe_customer_id,password (the last two may be empty)')
    .addHelpText('after', `\nPrints one JSON line when it is ready: url, migration, token, approver_token, temporary_password, sample.\nIts data lies in DRYDOCK_DATA, or else in ~/.drydock-practice. DRYDOCK_TEMP_PASSWORD is the temporary password of a new\nfolder; without it one is made. Every made-up person's own password is in the practice guide of the README.\n\nExample:\n  drydock-server practice --port 4010`)
    .action(async (options: PracticeOptions) => {
      await practise(context, options);
    });
}

async function practise(context: CommandContext, options: PracticeOptions): Promise<void> {
  const port = Number(options.port);
  if (!/^\d{1,5}$/.test(options.port) || port > 65_535) throw new UsageError('--port must be a number from 0 to 65535');
  const users = options.users === undefined ? null : readUsersFile(readUsers(options.users));
  const folder = readSetting(context.settings, 'DRYDOCK_DATA') ?? join(homedir(), '.drydock-practice');
  // Locked only once it is known to be ours, and again after a reset, which takes the lock's own file away.
  inDataFolder(folder, () => preparePracticeFolder(folder, false));
  let lock = lockDataFolder(folder);
  try {
    if (options.reset === true) {
      lock.release();
      inDataFolder(folder, () => preparePracticeFolder(folder, true));
      lock = lockDataFolder(folder);
    }
    const given = readSetting(context.settings, 'DRYDOCK_TEMP_PASSWORD');
    const secrets = practiceSecrets(folder, given === null ? null : acceptableTemporaryPassword(given), context.randomBytes);
    const database = embeddedDatabaseFolder(folder);
    if (!existsSync(database)) await fillDatabase(database, users);
    else if (users !== null) throw new UsageError('--users fills a new practice folder; this one has people already. Add --reset to begin again');
    const config = practiceServerConfig(database, secrets, port);
    await serveUntilStopped(context, config, {
      schema: 'migrate',
      prepare: async (tx) => {
        await tx.updateTable('feature_flags').set({ enabled: true, changed_at: context.now(), changed_by: commandLineActor }).where('changed_by', 'is', null).execute();
      },
      ready: async (url) => context.print(JSON.stringify(await readyLine(context, config, secrets, url))),
    });
  } finally {
    lock.release();
  }
}

function readUsers(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`--users: ${file} cannot be read`);
  }
}

/** A database that is whole or not there: it is made under another name and renamed. */
async function fillDatabase(database: string, users: readonly UserOfOnesOwn[] | null): Promise<void> {
  const kind = users === null ? 'practice' : 'empty';
  await unpackTemplate(await readTemplate(kind, templateFile(kind)), database, async (unfinished) => {
    if (users === null) return;
    const hashing = createPasswordHashing();
    const people = await Promise.all(
      users.map(async (user) => ({ ...user, role: 'customer' as const, passwordHash: user.password === null ? null : await hashing.hash(user.password) })),
    );
    const engine = await openEngine({ kind: 'pglite', folder: unfinished });
    await engine.withConnection('login', async (run) => seedPeople(run, people));
    await engine.close();
  });
}

function practiceServerConfig(database: string, secrets: PracticeSecrets, port: number): ServerConfig {
  return {
    environment: practiceConfig.environment,
    policy: approvalPolicy(practiceConfig),
    migrations: practiceConfig.migrations,
    signInLimits: { ...defaultSignInLimits, breakerAccountsPerAddress: practiceConfig.sign_in?.breaker_accounts_per_address ?? defaultSignInLimits.breakerAccountsPerAddress },
    trustedProxies: [],
    store: { kind: 'pglite', folder: database },
    tokenKey: { kind: 'secret', secret: new TextEncoder().encode(secrets.jwt_secret) },
    secretKey: new TextEncoder().encode(secrets.secret_key),
    receiptKey: secrets.receipt_key,
    temporaryPassword: secrets.temporary_password,
    klaviyo: null,
    mail: null,
    drainSeconds: 0,
    listen: { host: '127.0.0.1', port },
  };
}

async function readyLine(context: CommandContext, config: ServerConfig, secrets: PracticeSecrets, url: string): Promise<Record<string, string>> {
  const token = async (sub: string, scopes: readonly Scope[]): Promise<string> =>
    signAdminToken(new TextEncoder().encode(secrets.jwt_secret), { environmentId: config.environment.id, sub, scopes, tokenId: context.newId(), issuedAt: context.now(), ttlSeconds: tokenTtlSeconds });
  return {
    url,
    migration: practiceMigration,
    token: await token('practice-operator', ['migration:read', 'migration:write']),
    approver_token: await token('practice-approver', ['migration:read', 'migration:approve']),
    temporary_password: secrets.temporary_password,
    sample: sampleFile(sampleFileName),
  };
}
