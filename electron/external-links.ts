/** The only addresses outside that the app ever opens, in the person's own browser. */
const ALLOWED = new Set(['https://man.openbsd.org/ssh-keygen']);

/** How to check a report without Drydock: the manual of the tool that does it. */
export const SSH_KEYGEN_MANUAL = 'https://man.openbsd.org/ssh-keygen';

/** Opens an address of the list; anything else is left alone, wherever the wish came from. */
export async function openExternalLink(address: string, openExternal: (url: string) => Promise<void>): Promise<void> {
  if (ALLOWED.has(address)) await openExternal(address);
}
