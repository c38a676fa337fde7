import type { HashBytes } from './ssh-public-key.ts';
import { joinBytes } from './ssh-wire.ts';

/** HMAC-SHA-256 of a text as UTF-8 under a key, lower-case hex. */
export type KeyedHash = (text: string) => string;

const BLOCK_BYTES = 64;
const REMEMBERED = 4096;

/**
 * HMAC-SHA-256 (RFC 2104) under one key, for many short texts: two plain hashes a text cost a fraction of what setting
 * up an HMAC each time does, and texts that come again (a file name in every row) are remembered.
 * `key` has at most 64 bytes, else throws `RangeError`.
 */
export function createKeyedHash(
  key: Uint8Array,
  platform: { readonly sha256: HashBytes; readonly utf8: (text: string) => Uint8Array; readonly hex: (bytes: Uint8Array) => string },
): KeyedHash {
  if (key.length > BLOCK_BYTES) throw new RangeError('The key is longer than a block.');
  const inner = padded(key, 0x36);
  const outer = padded(key, 0x5c);
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const mac = platform.hex(platform.sha256(joinBytes([outer, platform.sha256(joinBytes([inner, platform.utf8(text)]))])));
    if (known.size >= REMEMBERED) known.clear();
    known.set(text, mac);
    return mac;
  };
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  return Uint8Array.from({ length: BLOCK_BYTES }, (_, index) => (key[index] ?? 0) ^ pad);
}
