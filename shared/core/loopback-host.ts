const LOOPBACK_V4 = /^127(?:\.\d{1,3}){3}$/;

/** Whether a host name stands for this machine, by name or number. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || LOOPBACK_V4.test(hostname);
}
