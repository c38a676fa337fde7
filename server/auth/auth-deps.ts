import type { SignInLimits } from '../config/config-file.ts';
import type { Store } from '../store/store.ts';
import type { PasswordHashing } from './password-hashing.ts';
import type { SignInWatch } from './sign-in-watch.ts';

/** What the calls of customers need from around them. */
export type AuthDeps = {
  readonly store: Store;
  /** Key of every HMAC; never in the database. */
  readonly secretKey: Uint8Array;
  readonly limits: SignInLimits;
  readonly hashing: PasswordHashing;
  readonly watch: SignInWatch;
  /** Says that a link is waiting to be sent; never waited for. */
  readonly onLinkAsked: () => void;
  /** Lets time pass. */
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** A new id (UUID). */
  readonly newId: () => string;
  /** A new session token, with at least 256 bits of chance. */
  readonly newToken: () => string;
};

/** What a sign-in gives: a session, and whether it is held at the reset. */
export type SignInReply = { readonly sessionToken: string; readonly passwordResetRequired: boolean };
