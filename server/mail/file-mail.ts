import { accessSync, constants, mkdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { type Mail, type MailPort, notSent } from './mail-port.ts';
import { messageOf } from './smtp-mail.ts';

const builtSchema = z.object({ message: z.instanceof(Buffer) });

/**
 * Mail into a folder, one `.eml` file each that only this user can read: for practice, tests, and whoever has a sender of
 * their own pick them up. A file is there whole or not at all, and its link in one piece for whoever opens it as text.
 */
export function openFileMail(folder: string, from: string): MailPort {
  const builder = createTransport({ streamTransport: true, buffer: true, newline: 'windows', disableFileAccess: true, disableUrlAccess: true });
  return {
    async send(mail: Mail) {
      try {
        const { message } = builtSchema.parse(await builder.sendMail(messageOf(mail, from)));
        const file = join(folder, `${mail.id}.eml`);
        await writeFile(`${file}.part`, unwrapped(message), { mode: 0o600 });
        await rename(`${file}.part`, file);
      } catch (error) {
        throw notSent(error);
      }
    },
    async check() {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        accessSync(folder, constants.W_OK);
      } catch (error) {
        throw notSent(error);
      }
    },
    close: () => builder.close(),
  };
}

/**
 * The message with its body as it is, 8bit, where the library wrapped it as quoted-printable (RFC 2045, 6.7): that breaks a
 * long link in the middle, which a mail program mends and a text editor does not.
 */
function unwrapped(message: Buffer): Buffer {
  const text = message.toString('latin1');
  const bodyAt = text.indexOf('\r\n\r\n') + 4;
  const head = text.slice(0, bodyAt);
  if (!QUOTED_PRINTABLE.test(head)) return message;
  const body = text.slice(bodyAt).replaceAll('=\r\n', '').replaceAll(/=([0-9A-F]{2})/g, (_escape, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(head.replace(QUOTED_PRINTABLE, '$1 8bit') + body, 'latin1');
}

const QUOTED_PRINTABLE = /^(Content-Transfer-Encoding:) quoted-printable(?=\r$)/im;
