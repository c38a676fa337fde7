import { isIPv4, isIPv6 } from 'node:net';

/** How IPv6 writes an IPv4 address: mapped, or translated by a gateway (RFC 4291, RFC 6052). */
const IPV4_INSIDE: ReadonlySet<string> = new Set(['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0']);

/**
 * What the limits take for one caller. An IPv4 address is itself, also as IPv6 writes it; of an IPv6 address it is the
 * network of 64 bits, since whoever has one address of it has them all. What is no address (a proxy may write anything)
 * stands for itself.
 */
export function networkOf(address: string): string {
  const bare = withoutPort(address.trim());
  if (!isIPv6(bare)) return bare.toLowerCase();
  const groups = expanded(bare);
  if (!IPV4_INSIDE.has(groups.slice(0, 6).join(':'))) return `${groups.slice(0, 4).join(':')}::/64`;
  return groups.slice(6).flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]).join('.');
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. A zone (`%eth0`) says nothing of the caller. */
function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  if (bracketed !== undefined) return bracketed;
  const [head = '', port, ...more] = text.split(':');
  if (port !== undefined && more.length === 0 && isIPv4(head)) return head;
  return text.replace(/%.*$/, '');
}

/** The eight groups of a well-formed IPv6 address, without leading zeros. */
function expanded(address: string): readonly string[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (high: string | undefined, low: string | undefined): string => (Number(high) * 256 + Number(low)).toString(16);
  const plain = dotted === null ? address : `${dotted[1] ?? ''}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [left = '', right] = plain.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [head, tail] = [groups(left), right === undefined ? [] : groups(right)];
  const zeros: string[] = right === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16).toString(16));
}
