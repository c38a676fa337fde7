import type { MailConfig } from '../config/mail-setting.ts';
import type { Store } from '../store/store.ts';
import { confirmationMailWriter } from './confirmation-mail.ts';
import { openFileMail } from './file-mail.ts';
import { createMailOutbox, type MailOutbox } from './mail-outbox.ts';
import { openSmtpMail } from './smtp-mail.ts';

/**
 * The way out for links, where a migration has them. A mail server that cannot be reached at the start is a failure to be
 * told and no end: people who sign in with their own password must not depend on it, and what waits is sent when it is back.
 */
export function openMailOutbox(mail: MailConfig | null, deps: { readonly store: Store; readonly secretKey: Uint8Array; readonly logFailure: (error: unknown) => void }): MailOutbox | undefined {
  if (mail === null) return undefined;
  const port = mail.transport.kind === 'smtp' ? openSmtpMail(mail.transport.url, mail.from) : openFileMail(mail.transport.path, mail.from);
  port.check().catch(deps.logFailure);
  return createMailOutbox({ ...deps, port, write: confirmationMailWriter(mail.link) });
}
