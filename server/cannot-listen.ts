/** The address to listen on is not to be had. The message is one line that says which and what to do. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

/** What Node says of an address that cannot be listened on, in a sentence for the person at the terminal. */
export function cannotListen(address: { readonly host: string; readonly port: number }, error: unknown): CannotListen {
  const code = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason';
  const why = code === 'EADDRINUSE' ? 'is in use by another process' : `cannot be listened on (${code})`;
  return new CannotListen(`port ${String(address.port)} of ${address.host} ${why}; choose another: DRYDOCK_PORT, or --port for practice`);
}
