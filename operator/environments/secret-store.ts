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
  /**
   * What the other store of this home has under the name: one home is used by the window, with the OS key store, and by
   * the command line, with files. `closed`: it is there, and only the other one opens it.
   */
  elsewhere(name: string): 'none' | 'closed' | { readonly text: string };
  /** Destroys it in whichever store of this home it lies, for which nothing has to be opened. Fine when there is none. */
  removeEverywhere(name: string): void;
}

/** In the folder of a home, what is kept under the OS key store has this before its name. */
export const OS_KEY_STORE_PREFIX = 'os-';
