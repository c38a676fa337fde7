import { join } from 'node:path';
import type { ApprovalPolicy, EnvironmentKind } from '../../shared/contract/admin/session.ts';
import type { KlaviyoSettings } from '../events/klaviyo.ts';
import type { StoreLocation } from '../store/open-store.ts';
import { isReadablePostgresUrl } from '../store/postgres-url.ts';
import { approvalPolicy, type ConfigFile, type DeclaredMigration, defaultSignInLimits, parseConfigFile, type SignInLimits } from './config-file.ts';
import { klaviyoSettings } from './klaviyo-settings.ts';
import { mailConfig, type MailConfig } from './mail-setting.ts';
import { receiptKeyFrom } from './receipt-key-setting.ts';
import { readSetting, requireSetting, type SettingSource } from './read-setting.ts';
import { SettingError } from './setting-error.ts';
import { acceptableTemporaryPassword } from './temporary-password-setting.ts';

/** Everything the server is told from outside, checked. */
export interface ServerConfig {
  readonly environment: { readonly id: string; readonly name: string; readonly kind: EnvironmentKind };
  readonly policy: ApprovalPolicy;
  readonly migrations: readonly DeclaredMigration[];
  readonly signInLimits: SignInLimits;
  readonly trustedProxies: readonly string[];
  readonly store: StoreLocation;
  readonly tokenKey: { readonly kind: 'secret'; readonly secret: Uint8Array } | { readonly kind: 'jwks'; readonly url: URL };
  /** Key of every HMAC: temporary credential, session tokens, account counters. Never in the database. */
  readonly secretKey: Uint8Array;
  /** The receipt key as `DRYDOCK_RECEIPT_KEY` has it; null where the embedded database keeps one of its own. */
  readonly receiptKey: string | null;
  readonly temporaryPassword: string | null;
  /** Where events go (A13); null: they are recorded, and wait. */
  readonly klaviyo: KlaviyoSettings | null;
  /** Null where no migration confirms by e-mail. */
  readonly mail: MailConfig | null;
  /** How long a server that was asked to stop goes on answering while it says that it is not ready. */
  readonly drainSeconds: number;
  readonly listen: { readonly host: string; readonly port: number };
}

/** Enough bytes that an HMAC key cannot be tried out. */
const minSecretLength = 16;

/**
 * Reads and checks every setting before anything is opened.
 * @throws SettingError, one line naming the first that is bad or missing.
 */
export function readServerConfig(source: SettingSource): ServerConfig {
  const file = parseConfigFile(configText(source));
  const databaseUrl = readSetting(source, 'DRYDOCK_DATABASE_URL');
  return {
    environment: file.environment,
    policy: approvalPolicy(file),
    migrations: file.migrations,
    signInLimits: signInLimits(file),
    trustedProxies: file.trusted_proxies ?? [],
    store: storeLocation(source, databaseUrl),
    tokenKey: tokenKey(source),
    secretKey: secretBytes('DRYDOCK_SECRET_KEY', requireSetting(source, 'DRYDOCK_SECRET_KEY', 'it is the key of the temporary credential and of sessions')),
    receiptKey: receiptKey(source, databaseUrl),
    temporaryPassword: temporaryPassword(source),
    klaviyo: klaviyoSettings(source),
    mail: mailConfig(source, file),
    drainSeconds: file.drain_seconds ?? 0,
    listen: { host: file.listen_on ?? '127.0.0.1', port: port(source) },
  };
}

/** The configuration is JSON in the variable itself, a path in it, or the file that `DRYDOCK_CONFIG_FILE` names. */
function configText(source: SettingSource): string {
  const value = requireSetting(source, 'DRYDOCK_CONFIG', 'it names the environment and its migrations; see the README');
  if (value.trimStart().startsWith('{')) return value;
  try {
    return source.readFile(value);
  } catch {
    throw new SettingError('DRYDOCK_CONFIG', 'names a file that cannot be read');
  }
}

function storeLocation(source: SettingSource, databaseUrl: string | null): StoreLocation {
  if (databaseUrl === null) {
    return { kind: 'pglite', folder: join(requireSetting(source, 'DRYDOCK_DATA', 'the embedded database lives there when DRYDOCK_DATABASE_URL is not set'), 'database') };
  }
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) throw new SettingError('DRYDOCK_DATABASE_URL', 'must begin with postgres:// or postgresql://');
  if (!isReadablePostgresUrl(databaseUrl)) throw new SettingError('DRYDOCK_DATABASE_URL', 'is no address that can be read; in a name or password write / as %2F, @ as %40, : as %3A, # as %23, % as %25');
  return { kind: 'postgres', url: databaseUrl };
}

/** Judged for every command, and not only where one signs: a bad key must not wait for the day it is needed. */
function receiptKey(source: SettingSource, databaseUrl: string | null): string | null {
  const text = databaseUrl === null ? readSetting(source, 'DRYDOCK_RECEIPT_KEY') : requireSetting(source, 'DRYDOCK_RECEIPT_KEY', 'receipts are signed with it');
  if (text !== null) receiptKeyFrom(text);
  return text;
}

function tokenKey(source: SettingSource): ServerConfig['tokenKey'] {
  const secret = readSetting(source, 'DRYDOCK_JWT_SECRET');
  const jwksUrl = readSetting(source, 'DRYDOCK_JWKS_URL');
  if (secret !== null && jwksUrl !== null) throw new SettingError('DRYDOCK_JWT_SECRET', 'is set together with DRYDOCK_JWKS_URL; leave one out');
  if (jwksUrl !== null) {
    if (!URL.canParse(jwksUrl) || new URL(jwksUrl).protocol !== 'https:') throw new SettingError('DRYDOCK_JWKS_URL', 'must be an https address');
    return { kind: 'jwks', url: new URL(jwksUrl) };
  }
  if (secret === null) throw new SettingError('DRYDOCK_JWT_SECRET', 'is not set, nor is DRYDOCK_JWKS_URL; one of them checks admin tokens');
  return { kind: 'secret', secret: secretBytes('DRYDOCK_JWT_SECRET', secret, 32) };
}

function secretBytes(name: string, value: string, minBytes = minSecretLength): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  if (bytes.length < minBytes) throw new SettingError(name, `is too short; give at least ${String(minBytes)} characters, e.g. from: openssl rand -base64 32`);
  return bytes;
}

/** Judged at every start, and not only when it seeds the credential: a bad word must not wait for the day it is needed (A10). */
function temporaryPassword(source: SettingSource): string | null {
  const word = readSetting(source, 'DRYDOCK_TEMP_PASSWORD');
  return word === null ? null : acceptableTemporaryPassword(word);
}

function port(source: SettingSource): number {
  const text = readSetting(source, 'DRYDOCK_PORT') ?? '4010';
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new SettingError('DRYDOCK_PORT', 'must be a number from 0 to 65535');
  return value;
}

function signInLimits(file: ConfigFile): SignInLimits {
  const given = file.sign_in ?? {};
  return {
    attemptsPerAccount: given.attempts_per_account ?? defaultSignInLimits.attemptsPerAccount,
    attemptsPerAddressAMinute: given.attempts_per_address_a_minute ?? defaultSignInLimits.attemptsPerAddressAMinute,
    breakerAccountsPerAddress: given.breaker_accounts_per_address ?? defaultSignInLimits.breakerAccountsPerAddress,
    openingsAMinute: given.suspend_above?.openings_a_minute ?? null,
    refusalsAMinute: given.suspend_above?.refusals_a_minute ?? null,
  };
}
