import { describe, expect, it } from 'vitest';
import { readServerConfig } from './server-config.ts';
import { SettingError } from './setting-error.ts';

const config = {
  environment: { id: 'acme-staging', name: 'Acme staging', kind: 'staging' },
  migrations: [{ id: '2025-08-09', playbook: 'account-prep', title: 'Downgraded subscribers', flag: 'migration.csv_2025_08_09_enabled', settings: { cohort_tag: '2025-08-09-csv' } }],
};
const good: Readonly<Record<string, string>> = {
  DRYDOCK_CONFIG: JSON.stringify(config),
  DRYDOCK_DATA: '/srv/drydock',
  DRYDOCK_JWT_SECRET: 'j'.repeat(32),
  DRYDOCK_SECRET_KEY: 's'.repeat(32),
};
const files: Readonly<Record<string, string>> = { '/run/secrets/jwt': `${'f'.repeat(32)}\n`, '/run/secrets/klaviyo': 'pk_file\n', '/etc/drydock.json': JSON.stringify(config) };

function read(changes: Readonly<Record<string, string | undefined>> = {}): ReturnType<typeof readServerConfig> {
  return readServerConfig({
    env: { ...good, ...changes },
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error('no such file');
      return text;
    },
  });
}

function refusal(changes: Readonly<Record<string, string | undefined>>): string {
  try {
    read(changes);
  } catch (error) {
    if (error instanceof SettingError) return error.message;
    throw error;
  }
  throw new Error('the settings were taken');
}

describe('the server settings', () => {
  it('come from the environment, with the usual values for the rest', () => {
    expect(read()).toMatchObject({
      environment: { id: 'acme-staging', kind: 'staging' },
      store: { kind: 'pglite', folder: '/srv/drydock/database' },
      listen: { host: '127.0.0.1', port: 4010 },
      signInLimits: { attemptsPerAccount: 10, attemptsPerAddressAMinute: 300, breakerAccountsPerAddress: 50 },
      klaviyo: null,
      temporaryPassword: null,
    });
  });

  it('may each stand in a file, whose last line break is not part of them', () => {
    const { tokenKey } = read({ DRYDOCK_JWT_SECRET: undefined, DRYDOCK_JWT_SECRET_FILE: '/run/secrets/jwt' });
    expect(tokenKey).toEqual({ kind: 'secret', secret: new TextEncoder().encode('f'.repeat(32)) });
  });

  it.each(['DRYDOCK_CONFIG', 'DRYDOCK_DATA', 'DRYDOCK_DATABASE_URL', 'DRYDOCK_JWT_SECRET', 'DRYDOCK_JWKS_URL', 'DRYDOCK_SECRET_KEY', 'DRYDOCK_RECEIPT_KEY', 'DRYDOCK_TEMP_PASSWORD', 'DRYDOCK_PORT', 'DRYDOCK_SMTP_URL', 'DRYDOCK_MAIL_FOLDER', 'KLAVIYO_API_KEY', 'KLAVIYO_BASE_URL'])(
    'are read from a file too, and not from two places: %s',
    (name) => {
      expect(refusal({ [name]: 'a value', [`${name}_FILE`]: '/etc/drydock.json' })).toBe(`${name}: is set twice, as itself and as ${name}_FILE; leave one out`);
      expect(refusal({ [name]: undefined, [`${name}_FILE`]: '/nowhere' })).toBe(`${name}_FILE: names a file that cannot be read`);
    },
  );

  it('take the configuration from a path as well', () => {
    expect(read({ DRYDOCK_CONFIG: '/etc/drydock.json' }).environment.name).toBe('Acme staging');
  });

  it('believe proxies by address, by range and by the names of ranges', () => {
    const trusted = ['10.1.2.3', '10.0.0.0/8', 'fd00::/8', '::1', 'loopback'];
    expect(read({ DRYDOCK_CONFIG: JSON.stringify({ ...config, trusted_proxies: trusted, listen_on: '0.0.0.0' }) })).toMatchObject({ trustedProxies: trusted, listen: { host: '0.0.0.0' } });
  });

  it('send events to Klaviyo where there is a key, and may name another address, on this machine even without TLS', () => {
    expect(read({ KLAVIYO_API_KEY: 'pk_1' }).klaviyo).toEqual({ apiKey: 'pk_1', baseUrl: 'https://a.klaviyo.com' });
    expect(read({ KLAVIYO_API_KEY_FILE: '/run/secrets/klaviyo', KLAVIYO_BASE_URL: 'http://127.0.0.1:4999/' }).klaviyo).toEqual({ apiKey: 'pk_file', baseUrl: 'http://127.0.0.1:4999' });
  });

  it('ask more in production', () => {
    const production = JSON.stringify({ ...config, environment: { ...config.environment, kind: 'production' } });
    expect(read({ DRYDOCK_CONFIG: production }).policy).toMatchObject({ approve_before_test_run: true, requester_may_approve: false, typed_confirmation: true, rollback_approval_above: 10 });
    expect(read().policy).toMatchObject({ approve_before_test_run: false, typed_confirmation: false });
  });

  it.each([
    ['DRYDOCK_CONFIG', { DRYDOCK_CONFIG: undefined }],
    ['DRYDOCK_CONFIG', { DRYDOCK_CONFIG: '{' }],
    ['DRYDOCK_CONFIG', { DRYDOCK_CONFIG: '/nowhere.json' }],
    ['DRYDOCK_CONFIG', { DRYDOCK_CONFIG: JSON.stringify({ ...config, surprise: true }) }],
    ['DRYDOCK_CONFIG', { DRYDOCK_CONFIG: JSON.stringify({ ...config, migrations: [...config.migrations, ...config.migrations] }) }],
    ['DRYDOCK_CONFIG', { DRYDOCK_CONFIG: JSON.stringify({ ...config, trusted_proxies: ['10.0.0.0/33'] }) }],
    ['DRYDOCK_CONFIG', { DRYDOCK_CONFIG: JSON.stringify({ ...config, trusted_proxies: ['0.0.0.0/0'] }) }],
    ['DRYDOCK_CONFIG', { DRYDOCK_CONFIG: JSON.stringify({ ...config, trusted_proxies: ['proxy.internal'] }) }],
    ['DRYDOCK_CONFIG', { DRYDOCK_CONFIG: JSON.stringify({ ...config, listen_on: 'http://0.0.0.0' }) }],
    ['DRYDOCK_CONFIG', { DRYDOCK_CONFIG: JSON.stringify({ ...config, drain_seconds: -1 }) }],
    ['DRYDOCK_DATA', { DRYDOCK_DATA: undefined }],
    ['DRYDOCK_DATABASE_URL', { DRYDOCK_DATABASE_URL: 'mysql://x' }],
    ['DRYDOCK_RECEIPT_KEY', { DRYDOCK_DATABASE_URL: 'postgres://x/y' }],
    ['DRYDOCK_JWT_SECRET', { DRYDOCK_JWT_SECRET: undefined }],
    ['DRYDOCK_JWT_SECRET', { DRYDOCK_JWT_SECRET: 'short' }],
    ['DRYDOCK_JWT_SECRET', { DRYDOCK_JWKS_URL: 'https://id.example/keys' }],
    ['DRYDOCK_JWT_SECRET', { DRYDOCK_JWT_SECRET_FILE: '/run/secrets/jwt' }],
    ['DRYDOCK_JWKS_URL', { DRYDOCK_JWT_SECRET: undefined, DRYDOCK_JWKS_URL: 'http://id.example/keys' }],
    ['DRYDOCK_SECRET_KEY', { DRYDOCK_SECRET_KEY: '' }],
    ['DRYDOCK_SECRET_KEY_FILE', { DRYDOCK_SECRET_KEY: undefined, DRYDOCK_SECRET_KEY_FILE: '/nowhere' }],
    ['DRYDOCK_TEMP_PASSWORD', { DRYDOCK_TEMP_PASSWORD: 'short' }],
    ['DRYDOCK_TEMP_PASSWORD', { DRYDOCK_TEMP_PASSWORD: 'passwordpassword' }],
    ['DRYDOCK_PORT', { DRYDOCK_PORT: '99999' }],
    ['DRYDOCK_PORT', { DRYDOCK_PORT: '4010x' }],
    ['KLAVIYO_BASE_URL', { KLAVIYO_BASE_URL: 'not an address' }],
    ['KLAVIYO_BASE_URL', { KLAVIYO_BASE_URL: 'http://klaviyo.example' }],
    ['KLAVIYO_BASE_URL', { KLAVIYO_BASE_URL: 'https://user:word@klaviyo.example' }],
    ['KLAVIYO_BASE_URL', { KLAVIYO_BASE_URL: 'https://klaviyo.example/?x=1' }],
    ['KLAVIYO_API_KEY', { KLAVIYO_API_KEY: 'pk_two\nlines' }],
    ['KLAVIYO_API_KEY', { KLAVIYO_API_KEY: 'pk with spaces' }],
    ['KLAVIYO_API_KEY', { KLAVIYO_API_KEY: 'pk_1', KLAVIYO_API_KEY_FILE: '/run/secrets/klaviyo' }],
  ])('name %s in one line when it is wrong: %j', (setting, changes) => {
    const message = refusal(changes);
    expect(message.startsWith(`${setting}: `), message).toBe(true);
    expect(message).not.toContain('\n');
  });

  it('ask for mail, a sender and a page of one\'s own where a migration confirms by e-mail', () => {
    const asking = { ...config, migrations: config.migrations.map((migration) => ({ ...migration, settings: { ...migration.settings, confirm_by_email: true } })) };
    const withLink = (confirm_link: string): string => JSON.stringify({ ...asking, sign_in: { confirm_link } });
    const mail = { DRYDOCK_SMTP_URL: 'smtps://mailer:hush-hush@mail.example', DRYDOCK_MAIL_FROM: 'accounts@shop.example' };
    const good = { ...mail, DRYDOCK_CONFIG: withLink('https://shop.example/confirm') };
    expect(read(good).mail).toMatchObject({ transport: { kind: 'smtp' }, from: 'accounts@shop.example' });
    expect(read({ ...good, DRYDOCK_SMTP_URL: undefined, DRYDOCK_MAIL_FOLDER: '/srv/mail' }).mail).toMatchObject({ transport: { kind: 'folder', path: '/srv/mail' } });
    expect(read({ ...mail }).mail, 'nobody asks for it').toBeNull();
    for (const [setting, changes] of [
      ['DRYDOCK_SMTP_URL', { ...good, DRYDOCK_SMTP_URL: undefined }],
      ['DRYDOCK_SMTP_URL', { ...good, DRYDOCK_SMTP_URL: 'https://mail.example' }],
      ['DRYDOCK_SMTP_URL', { ...good, DRYDOCK_MAIL_FOLDER: '/srv/mail' }],
      ['DRYDOCK_MAIL_FROM', { ...good, DRYDOCK_MAIL_FROM: undefined }],
      ['DRYDOCK_MAIL_FROM', { ...good, DRYDOCK_MAIL_FROM: 'Shop <accounts@shop.example>' }],
      ['DRYDOCK_CONFIG', { ...good, DRYDOCK_CONFIG: JSON.stringify(asking) }],
      ['DRYDOCK_CONFIG', { ...good, DRYDOCK_CONFIG: withLink('http://shop.example/confirm') }],
      ['DRYDOCK_CONFIG', { ...good, DRYDOCK_CONFIG: withLink('https://shop.example/confirm#here') }],
    ] as const) {
      expect(refusal(changes).startsWith(`${setting}: `), refusal(changes)).toBe(true);
      expect(refusal(changes)).not.toContain('hush');
    }
  });

  it('never put a secret into the message', () => {
    expect(refusal({ DRYDOCK_JWT_SECRET: 'short-secret' })).not.toContain('short-secret');
    expect(refusal({ KLAVIYO_API_KEY: 'canary key' })).not.toContain('canary');
    expect(refusal({ KLAVIYO_BASE_URL: 'https://canary:canary@klaviyo.example' })).not.toContain('canary');
  });
});
