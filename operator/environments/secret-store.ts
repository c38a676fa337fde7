/**
 * Where secrets lie: tokens, the operator's key, keys that open the journal's personal data. Names are of
 * `a-z0-9-`; a host passes in the store it has: the OS key store in Electron, a file elsewhere.
 */
export interface SecretStore {
  readonly kind: 'os-key-store' | 'file' | 'session-only';
  /** The secret's text; undefined when there is none. */
  get(name: string): string | undefined;
  /** Keeps it, so that it is there after a power cut when this returns. @throws OperatorError `secret_not_kept` */
  set(name: string, value: string): void;
  /** Destroys it. Fine when there is none. */
  remove(name: string): void;
}
