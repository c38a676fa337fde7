/** A mail to one person, in plain text. */
export type Mail = {
  /** Makes the Message-ID, so that a mail that had to be sent twice is known as the same. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
};

/** The way mail leaves. A new way is one file. */
export type MailPort = {
  /** Hands a mail over. @throws MailNotSent, which holds no address and nothing that the other side wrote. */
  readonly send: (mail: Mail) => Promise<void>;
  /** Whether mail could be handed over now. @throws MailNotSent */
  readonly check: () => Promise<void>;
  readonly close: () => void;
};

/** A mail was not handed over; `code` says why in a word, e.g. `ECONNECTION` or `EAUTH`. */
export class MailNotSent extends Error {
  override readonly name = 'MailNotSent';
  readonly code: string;

  constructor(code: string) {
    super(`mail could not be handed over: ${code}`);
    this.code = code;
  }
}

/** What of an error of a mail library may be told: its code. */
export function notSent(error: unknown): MailNotSent {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return new MailNotSent(typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'UNKNOWN');
}
