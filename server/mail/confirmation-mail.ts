import { readFileSync } from 'node:fs';
import { LINK_MINUTES } from '../auth/email-confirmation.ts';
import { mailTemplateFile } from '../installation.ts';
import type { Mail } from './mail-port.ts';

/** Writes the mail that carries a link. */
export type WriteConfirmationMail = (confirmation: { readonly id: string; readonly address: string; readonly token: string }) => Mail;

/**
 * Reads the template: its first line is the subject, the rest the text. The token stands behind the `#` of the link: a
 * browser sends that to no server, so it is in no log, and a scanner that opens links uses nothing up.
 */
export function confirmationMailWriter(link: URL): WriteConfirmationMail {
  const template = readFileSync(mailTemplateFile('confirm-sign-in.txt'), 'utf8');
  const [subject = '', , ...lines] = template.split('\n');
  return ({ id, address, token }) => ({
    id,
    to: address,
    subject,
    text: lines.join('\n').replaceAll('{{link}}', `${link.href}#token=${token}`).replaceAll('{{minutes}}', String(LINK_MINUTES)),
  });
}
