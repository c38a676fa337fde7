import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startSmtpServer, type SmtpReceived } from '../../tests/support/smtp.ts';
import { openFileMail } from './file-mail.ts';
import { openSmtpMail } from './smtp-mail.ts';

const mail = { id: '0b8f3c7e-3f0e-4d0c-9a43-6f3f5d3c1a11', to: 'ada@example.org', subject: 'Confirm your sign-in', text: `Open this:\n\nhttps://shop.example/confirm#token=${'a1'.repeat(32)}\n` };
const FROM = 'accounts@shop.example';

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0)) await undo();
});

async function smtpServer(options: Parameters<typeof startSmtpServer>[0] = {}): Promise<{ readonly url: (login?: string) => URL; readonly received: readonly SmtpReceived[] }> {
  const server = await startSmtpServer(options);
  cleanUp.push(server.close);
  return server;
}

function opened(url: URL): ReturnType<typeof openSmtpMail> {
  const port = openSmtpMail(url, FROM);
  cleanUp.push(() => port.close());
  return port;
}

/** A body in quoted-printable (RFC 2045, 6.7) as a mail program shows it: a soft line break is no break. */
function asRead(message: string): string {
  return message.replaceAll('=\r\n', '').replaceAll('=3D', '=');
}

describe('mail by SMTP', () => {
  it('reaches one person, the link in one piece, with an id that stays the same when it is sent twice', async () => {
    const { url, received } = await smtpServer();
    const port = opened(url());
    await port.check();
    await port.send(mail);
    await port.send(mail);
    expect(received.map(({ from, to }) => ({ from, to }))).toEqual(Array.from({ length: 2 }, () => ({ from: FROM, to: [mail.to] })));
    expect(asRead(received[0]?.message ?? '')).toContain(mail.text.split('\n')[2]);
    expect(received[0]?.message).toMatch(/^Subject: Confirm your sign-in\r$/m);
    expect(new Set(received.map(({ message }) => /^Message-ID: .*$/im.exec(message)?.[0]))).toEqual(new Set([`Message-ID: <${mail.id}@shop.example>\r`.trimEnd()]));
  });

  it('signs in where the address of the server says so, and says no more than a code when it may not', async () => {
    const { url, received } = await smtpServer();
    await opened(url('mailer:right')).send(mail);
    expect(received[0]?.user).toBe('mailer');
    const refused = opened(url('mailer:a-secret-word'));
    await expect(refused.send(mail)).rejects.toMatchObject({ name: 'MailNotSent', code: 'EAUTH' });
    await expect(refused.send(mail)).rejects.not.toThrow(/secret|ada@/);
  });

  it('says that nobody listens', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    taken.close();
    await once(taken, 'close');
    await expect(opened(new URL(`smtp://127.0.0.1:${String(port)}`)).check()).rejects.toMatchObject({ name: 'MailNotSent' });
  });

  it('lets a server refuse one person without a word of who it was', async () => {
    const { url } = await smtpServer({ onRcptTo: (address, _session, done) => done(new Error(`no such user ${address.address}`)) });
    const failure: unknown = await opened(url()).send(mail).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'MailNotSent', code: 'EENVELOPE' });
    expect(String(failure)).not.toContain(mail.to);
  });
});

describe('mail into a folder', () => {
  it('is one whole file each that only this user can read', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'drydock-mail-')), 'out');
    cleanUp.push(() => rmSync(join(folder, '..'), { recursive: true, force: true }));
    const port = openFileMail(folder, FROM);
    await port.check();
    await port.send(mail);
    await port.send(mail);
    expect(readdirSync(folder)).toEqual([`${mail.id}.eml`]);
    const file = join(folder, `${mail.id}.eml`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8').split('\r\n'), 'the link whole on a line, as a text editor shows it').toContain(mail.text.split('\n')[2]);
    port.close();
  });

  it('keeps every letter of a long text that is not English', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-mail-'));
    cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
    const line = 'Größe = 3€, 名前も 👋 '.repeat(4).trim();
    const port = openFileMail(folder, FROM);
    await port.send({ ...mail, text: `${line}\n` });
    expect(readFileSync(join(folder, `${mail.id}.eml`), 'utf8').split('\r\n')).toContain(line);
    port.close();
  });

  it('says that it cannot be written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-mail-'));
    cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'a-file'), '');
    await expect(openFileMail(join(folder, 'a-file', 'out'), FROM).check()).rejects.toMatchObject({ name: 'MailNotSent' });
  });
});
