import { type SshsigNamespace } from './sshsig.ts';
import { parsePublicKeyLine, publicKeyLine } from './ssh-public-key.ts';

/** A line of an OpenSSH `allowed_signers` file: whose key signs what, and from when to when. */
export type AllowedSigner = {
  /** One principal; of several in a line of somebody else's file, the first is shown. */
  readonly principals: readonly string[];
  /** Null: any namespace. */
  readonly namespaces: readonly string[] | null;
  /** Whole seconds since 1970; null: no bound. The bound itself is still valid. */
  readonly validAfterSeconds: number | null;
  readonly validBeforeSeconds: number | null;
  readonly publicKey: Uint8Array<ArrayBuffer>;
};

/** Printable ASCII without what ssh-keygen reads as a list, a pattern, a quote or a comment. */
const PRINCIPAL = /^(?=[^ ].*[^ ]$|[^ ]$)(?!#)[ -~]{1,255}$/;
const NOT_IN_PRINCIPAL = /[",\\*?!]/;
const TIME = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?Z?$/;

/**
 * Whether a name can stand in `allowed_signers` and mean that name alone. A comma, a wildcard or a negation would
 * make one person's line speak for others, so such names cannot have a key.
 */
export function isPrincipal(name: string): boolean {
  return PRINCIPAL.test(name) && !NOT_IN_PRINCIPAL.test(name);
}

/** The line for an `allowed_signers` file, without LF. Throws `RangeError` when `principal` is not a principal. */
export function allowedSignersLine(signer: {
  readonly principal: string;
  readonly namespace: SshsigNamespace;
  readonly validAfter: Date;
  readonly validBefore: Date | null;
  readonly publicKey: Uint8Array;
}): string {
  if (!isPrincipal(signer.principal)) throw new RangeError('This name cannot stand in allowed_signers.');
  const options = [`namespaces="${signer.namespace}"`, `valid-after="${sshTime(signer.validAfter)}"`];
  if (signer.validBefore !== null) options.push(`valid-before="${sshTime(signer.validBefore)}"`);
  const principal = signer.principal.includes(' ') ? `"${signer.principal}"` : signer.principal;
  return `${principal} ${options.join(',')} ${publicKeyLine(signer.publicKey)}`;
}

/** A moment as ssh-keygen takes it for validity and for `verify-time`: `YYYYMMDDHHMMSSZ`, whole seconds, UTC. */
export function sshTime(moment: Date): string {
  return `${moment.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}

/** The lines of an `allowed_signers` file, and the numbers of those that cannot be understood. Comments and empty lines are skipped. */
export function parseAllowedSigners(text: string): { readonly signers: readonly AllowedSigner[]; readonly unreadableLines: readonly number[] } {
  const signers: AllowedSigner[] = [];
  const unreadableLines: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const signer = parseAllowedSignersLine(line);
    if (signer === null) unreadableLines.push(index + 1);
    else signers.push(signer);
  }
  return { signers, unreadableLines };
}

/** Whether the key may sign in the namespace at the moment (whole seconds count, both bounds included). */
export function isAllowed(signer: AllowedSigner, namespace: SshsigNamespace, at: Date): boolean {
  const seconds = Math.floor(at.getTime() / 1000);
  return (
    (signer.namespaces === null || signer.namespaces.includes(namespace)) &&
    (signer.validAfterSeconds === null || seconds >= signer.validAfterSeconds) &&
    (signer.validBeforeSeconds === null || seconds <= signer.validBeforeSeconds)
  );
}

/** Null for what is not understood whole: an option that is skipped could have been the one that forbids. */
function parseAllowedSignersLine(line: string): AllowedSigner | null {
  const parts = /^(?:"([^"]+)"|([^\s"]+))[ \t]+(?:((?:[a-z-]+="[^"]*")(?:,[a-z-]+="[^"]*")*)[ \t]+)?(ssh-ed25519 .*)$/i.exec(line.trim());
  const publicKey = parts?.[4] === undefined ? null : parsePublicKeyLine(parts[4]);
  const principals = (parts?.[1] ?? parts?.[2] ?? '').split(',');
  if (publicKey === null || !principals.every(isPrincipal)) return null;
  let namespaces: readonly string[] | null = null;
  let validAfterSeconds: number | null = null;
  let validBeforeSeconds: number | null = null;
  for (const [, name, value = ''] of (parts?.[3] ?? '').matchAll(/([a-z-]+)="([^"]*)"/gi)) {
    const seconds = readSshTime(value);
    if (name === 'namespaces') namespaces = value.split(',');
    else if (name === 'valid-after' && seconds !== null) validAfterSeconds = seconds;
    else if (name === 'valid-before' && seconds !== null) validBeforeSeconds = seconds;
    else return null;
  }
  return { principals, namespaces, validAfterSeconds, validBeforeSeconds, publicKey };
}

/** Read as UTC, also without the Z: what the local time of a far machine was is not known here. */
function readSshTime(text: string): number | null {
  const parts = TIME.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  const moment = Date.UTC(year, month - 1, day, hour, minute, second);
  return Number.isNaN(moment) ? null : moment / 1000;
}
