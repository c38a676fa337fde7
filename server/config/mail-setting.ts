import { foldEmail } from '../../shared/core/email.ts';
import type { ConfigFile } from './config-file.ts';
import { isLoopback } from './loopback.ts';
import { readSetting, requireSetting, type SettingSource } from './read-setting.ts';
import { SettingError } from './setting-error.ts';

/** How one-time links reach customers, for migrations that have `confirm_by_email`. */
export type MailConfig = {
  readonly transport: { readonly kind: 'smtp'; readonly url: URL } | { readonly kind: 'folder'; readonly path: string };
  readonly from: string;
  /** The page of one's own that takes the token and calls POST /auth/confirm with it. */
  readonly link: URL;
};

/**
 * Null where no migration confirms by e-mail.
 * @throws SettingError when one does and mail, sender or link is missing or bad.
 */
export function mailConfig(source: SettingSource, file: ConfigFile): MailConfig | null {
  const asking = file.migrations.find((migration) => migration.settings.confirm_by_email === true);
  const smtp = readSetting(source, 'DRYDOCK_SMTP_URL');
  const folder = readSetting(source, 'DRYDOCK_MAIL_FOLDER');
  if (smtp !== null && folder !== null) throw new SettingError('DRYDOCK_SMTP_URL', 'is set together with DRYDOCK_MAIL_FOLDER; leave one out');
  const transport = smtp !== null ? ({ kind: 'smtp', url: smtpUrl(smtp) } as const) : folder !== null ? ({ kind: 'folder', path: folder } as const) : null;
  if (asking === undefined) return null;
  if (transport === null) throw new SettingError('DRYDOCK_SMTP_URL', `is not set, nor is DRYDOCK_MAIL_FOLDER; migration ${asking.id} has confirm_by_email`);
  return { transport, from: sender(source), link: linkPage(file) };
}

function smtpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '') {
    throw new SettingError('DRYDOCK_SMTP_URL', 'must be smtps://user:password@host or smtp://user:password@host:587');
  }
  return url;
}

function sender(source: SettingSource): string {
  const folded = foldEmail(requireSetting(source, 'DRYDOCK_MAIL_FROM', 'it is the address that links to customers come from'));
  if (!folded.ok) throw new SettingError('DRYDOCK_MAIL_FROM', 'must be an e-mail address alone, e.g. accounts@shop.example');
  return folded.email;
}

function linkPage(file: ConfigFile): URL {
  const text = file.sign_in?.confirm_link;
  if (text === undefined) throw new SettingError('DRYDOCK_CONFIG', 'sign_in.confirm_link is not set; the link in the mail leads there');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)));
  if (!isSafe || url.hash !== '') throw new SettingError('DRYDOCK_CONFIG', 'sign_in.confirm_link must be an https address without a #');
  return url;
}
