import type { MailConfig } from '../config/mail-setting.ts';
import { SettingError } from '../config/setting-error.ts';
import type { Store } from '../store/store.ts';
import { confirmationMailWriter } from './confirmation-mail.ts';
import { openFileMail } from './file-mail.ts';
import { createMailOutbox, type MailOutbox } from './mail-outbox.ts';
import { MailNotSent, type MailPort } from './mail-port.ts';
import { openSmtpMail } from './smtp-mail.ts';

/**
 * The way out for links, where a migration has them. A mail server that cannot be reached at the start is a failure to be
 * told and no end: people who sign in with their own password must not depend on it, and what waits is sent when it is back.
 * A folder is this machine's own, and one that cannot be written is a mistake in the settings.
 * @throws SettingError for such a folder
 */
export async function openMailOutbox(mail: MailConfig | null, deps: { readonly store: Store; readonly secretKey: Uint8Array; readonly logFailure: (error: unknown) => void }): Promise<MailOutbox | undefined> {
  if (mail === null) return undefined;
  const port = portOf(mail);
  const isReachable = port.check();
  if (mail.transport.kind === 'smtp') isReachable.catch(deps.logFailure);
  else
    await isReachable.catch((error: unknown) => {
      throw new SettingError('DRYDOCK_MAIL_FOLDER', `cannot be written (${error instanceof MailNotSent ? error.code : 'UNKNOWN'}); name a folder that this user may write`);
    });
  return createMailOutbox({ ...deps, port, write: confirmationMailWriter(mail.link) });
}

function portOf({ transport, from }: MailConfig): MailPort {
  return transport.kind === 'smtp' ? openSmtpMail(transport.url, from) : openFileMail(transport.path, from);
}
