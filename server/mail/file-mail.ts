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
 * their own pick them up. A file is there whole or not at all.
 */
export function openFileMail(folder: string, from: string): MailPort {
  const builder = createTransport({ streamTransport: true, buffer: true, newline: 'windows', disableFileAccess: true, disableUrlAccess: true });
  return {
    async send(mail: Mail) {
      try {
        const { message } = builtSchema.parse(await builder.sendMail(messageOf(mail, from)));
        const file = join(folder, `${mail.id}.eml`);
        await writeFile(`${file}.part`, message, { mode: 0o600 });
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
