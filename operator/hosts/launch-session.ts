import { createHash, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;

/** Who may speak to a browser host: whoever exchanged the key of this launch, which works once. */
export interface LaunchSession {
  /** For the fragment of the address that is opened. 256 bits. */
  readonly key: string;
  /** The session's token for the launch key, the first time; undefined for a wrong key, and for any key after that. */
  exchange(key: string): string | undefined;
  /** Is this the token that the exchange gave? */
  admits(token: string): boolean;
  /** A ticket for one download: a link cannot carry a token, and an address must not. */
  issueTicket(downloadId: string): string;
  /** The download that a ticket stands for, once. */
  redeemTicket(ticket: string): string | undefined;
}

/** `randomBytes` must be cryptographically strong. */
export function createLaunchSession(randomBytes: (count: number) => Uint8Array): LaunchSession {
  const random = (): string => Buffer.from(randomBytes(KEY_BYTES)).toString('base64url');
  const key = random();
  const token = random();
  const tickets = new Map<string, string>();
  let isExchanged = false;
  return {
    key,
    exchange(offered) {
      if (!equalInConstantTime(offered, key) || isExchanged) return undefined;
      isExchanged = true;
      return token;
    },
    admits: (offered) => equalInConstantTime(offered, token) && isExchanged,
    issueTicket(downloadId) {
      const ticket = random();
      tickets.set(ticket, downloadId);
      return ticket;
    },
    redeemTicket(ticket) {
      const downloadId = tickets.get(ticket);
      tickets.delete(ticket);
      return downloadId;
    },
  };
}

/** Hashes first, so that lengths differ in nothing that can be timed. */
function equalInConstantTime(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
