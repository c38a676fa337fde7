/** What became of an attempt, for counting. Nobody is named. */
export type SignInOutcome = 'full' | 'restricted' | 'validation' | 'link_sent' | 'refused' | 'limited_address' | 'limited_breaker' | 'limited_account' | 'limited_server';

/** What somebody should look at now; the audit log has the particulars. */
export type SignInAlert =
  /** The breaker has blocked a network address: too many accounts were refused or opened from it. */
  | { readonly kind: 'address_blocked'; readonly requestId: string }
  /** A declared rate was exceeded, and the temporary password opens nothing until an administrator resumes it. */
  | { readonly kind: 'temporary_password_suspended'; readonly requestId: string; readonly migrationId: string };

/** Hears of every attempt and of every alert, after they are in the database. */
export type SignInWatch = { readonly attempt: (outcome: SignInOutcome) => void; readonly alert: (alert: SignInAlert) => void };
