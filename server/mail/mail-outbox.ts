import { sql } from 'kysely';
import { z } from 'zod';
import { deriveLinkToken } from '../auth/email-confirmation.ts';
import type { SignInTx, Store } from '../store/store.ts';
import type { WriteConfirmationMail } from './confirmation-mail.ts';
import { MailNotSent, type MailPort } from './mail-port.ts';

const POLL_MS = 5_000;

export type MailOutboxDeps = {
  readonly store: Pick<Store, 'inSignInTx'>;
  readonly port: MailPort;
  readonly secretKey: Uint8Array;
  readonly write: WriteConfirmationMail;
  /** Hears of mail that could not be handed over; the next attempt comes by itself while the link is good. */
  readonly logFailure: (error: unknown) => void;
};

/** Sends what sign-in asked for, in its own time: a sign-in never waits for a mail server. */
export type MailOutbox = {
  readonly start: () => void;
  /** Says that there is something to send. */
  readonly wake: () => void;
  /** Sends what is due now; gives how many mails left. */
  readonly sendDue: () => Promise<number>;
  /** Ends after the mail in flight. */
  readonly stop: () => Promise<void>;
};

export function createMailOutbox({ store, port, secretKey, write, logFailure }: MailOutboxDeps): MailOutbox {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let isAskedAgain = false;

  async function sendDue(): Promise<number> {
    let sent = 0;
    await store.inSignInTx(giveUpLate);
    // One at a time: what waited in this process's hand for a slow mail server would be taken by another one too, and go twice.
    // Asked to stop, it takes no further one: a mail that was taken and not sent waits minutes for somebody else.
    while (!isStopped) {
      const confirmation = await store.inSignInTx(claimNext);
      if (confirmation === undefined) break;
      const { id } = confirmation;
      const error = await port.send(write({ ...confirmation, token: deriveLinkToken(secretKey, id) })).then(
        () => null,
        (failure: unknown) => failure,
      );
      if (error === null) sent += 1;
      else logFailure(error);
      await store.inSignInTx(async (tx) => noteHandedOver(tx, id, error));
    }
    return sent;
  }

  async function sendAll(): Promise<void> {
    do {
      isAskedAgain = false;
      await sendDue().catch(logFailure);
    } while (isAskedAgain && !isStopped);
  }

  function wake(): void {
    if (isStopped) return;
    if (sending !== undefined) {
      isAskedAgain = true;
      return;
    }
    clearTimeout(timer);
    sending = sendAll().finally(() => {
      sending = undefined;
      if (!isStopped) timer = setTimeout(wake, POLL_MS).unref();
    });
  }

  return {
    start: wake,
    wake,
    sendDue,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await sending;
      port.close();
    },
  };
}

const claimedSchema = z.object({ id: z.string(), address: z.string() });

/** What can no longer be sent in time is given up, what is long over is forgotten. */
async function giveUpLate(tx: SignInTx): Promise<void> {
  await sql`delete from email_confirmations where expires_at < now() - interval '1 day'`.execute(tx);
  await sql`update email_confirmations set mail_state = 'dead' where mail_state = 'pending' and expires_at < now() + interval '1 minute'`.execute(tx);
}

/**
 * Takes the mail that is longest due, of several processes one each. It is this process's own for longer than any
 * conversation with a mail server lasts; one that dies with it in its hand loses nothing.
 */
async function claimNext(tx: SignInTx): Promise<z.infer<typeof claimedSchema> | undefined> {
  const { rows } = await sql<Record<string, unknown>>`
    update email_confirmations set mail_attempts = mail_attempts + 1, mail_next_at = now() + interval '3 minutes'
    where id = (
      select id from email_confirmations where mail_state = 'pending' and used_at is null and mail_next_at <= now()
      order by mail_next_at limit 1 for update skip locked)
    returning id, address`.execute(tx);
  return rows[0] === undefined ? undefined : claimedSchema.parse(rows[0]);
}

async function noteHandedOver(tx: SignInTx, id: string, error: unknown): Promise<void> {
  if (error === null) await sql`update email_confirmations set mail_state = 'sent', mail_error = null where id = ${id}`.execute(tx);
  else
    await sql`update email_confirmations set mail_error = ${error instanceof MailNotSent ? error.code : 'UNKNOWN'},
      mail_next_at = now() + least(interval '30 seconds' * (2 ^ (mail_attempts - 1)), interval '4 minutes') where id = ${id}`.execute(tx);
}
