import { createTransport } from 'nodemailer';
import { isLoopback } from '../config/loopback.ts';
import { type Mail, type MailPort, notSent } from './mail-port.ts';

const TIMEOUT_MS = 20_000;

/**
 * Mail by SMTP. `smtps:` speaks TLS from the start; `smtp:` must go over to it before anything is said, but on this machine.
 * Certificates are checked, redirects do not exist, and nothing of the conversation is logged.
 */
export function openSmtpMail(url: URL, from: string): MailPort {
  const isSecure = url.protocol === 'smtps:';
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isSecure ? 465 : 587) : Number(url.port),
    secure: isSecure,
    requireTLS: !isSecure && !isLoopback(url.hostname),
    ...(url.username === '' ? {} : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail: Mail) {
      await transport.sendMail(messageOf(mail, from)).catch((error: unknown) => {
        throw notSent(error);
      });
    },
    async check() {
      await transport.verify().catch((error: unknown) => {
        throw notSent(error);
      });
    },
    close: () => transport.close(),
  };
}

/** The mail as both adapters send it. */
export function messageOf({ id, to, subject, text }: Mail, from: string) {
  return {
    from,
    to,
    subject,
    text,
    // Never base64: a link must stay readable for whoever opens the message as text.
    textEncoding: 'quoted-printable' as const,
    messageId: `<${id}@${from.slice(from.indexOf('@') + 1)}>`,
    // Answers of machines ("I am on holiday") should not come back.
    headers: { 'auto-submitted': 'auto-generated' },
  };
}
