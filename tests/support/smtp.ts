import { once } from 'node:events';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export type SmtpReceived = { readonly from: string; readonly to: readonly string[]; readonly message: string; readonly user: string | undefined };

export type SmtpServer = { readonly url: (login?: string) => URL; readonly received: readonly SmtpReceived[]; readonly close: () => Promise<void> };

/** A real SMTP server on loopback that keeps what it gets. It lets in whoever says the password `right`. */
export async function startSmtpServer(options: SMTPServerOptions = {}): Promise<SmtpServer> {
  const received: SmtpReceived[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onAuth: (auth, _session, done) => {
      if (auth.password === 'right') done(null, { user: auth.username ?? '' });
      else done(new Error('no'));
    },
    onData: (stream, session, done) => {
      const { mailFrom, rcptTo } = session.envelope;
      const user: unknown = session.user;
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.on('end', () => {
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          message: Buffer.concat(chunks).toString('utf8'),
          user: typeof user === 'string' ? user : undefined,
        });
        done();
      });
    },
    ...options,
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: (login) => new URL(`smtp://${login === undefined ? '' : `${login}@`}127.0.0.1:${String(port)}`),
    received,
    close: async () => new Promise((resolve) => server.close(() => resolve())),
  };
}
