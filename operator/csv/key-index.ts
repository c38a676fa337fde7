/**
 * Numbers the distinct ASCII keys of a file: 0 for the first, the same number for the same key ever after.
 * Keys lie one after the other in one block of bytes and are compared byte by byte, so a million of them
 * take some 50 MB, where a `Map` of strings takes many times that and holds the text of the whole file.
 */
export type KeyIndex = {
  /** The key's number; equal to the count of keys before it when it is new. Keys must be ASCII. */
  readonly numberOf: (key: string) => number;
  readonly count: () => number;
};

const EMPTY = -1;

/** `seed` (32 bits) keeps who writes the file from choosing keys that all fall into one place. */
export function startKeyIndex(seed: number): KeyIndex {
  let bytes = new Uint8Array(1 << 16);
  let ends = new Uint32Array(1 << 10);
  let hashes = new Int32Array(1 << 10);
  let slots = new Int32Array(1 << 11).fill(EMPTY);
  let count = 0;
  let size = 0;

  function numberOf(key: string): number {
    const { length } = key;
    if (size + length > bytes.length) bytes = grown(bytes, new Uint8Array(2 * (size + length)));
    let hash = seed | 0;
    for (let index = 0; index < length; index += 1) {
      const unit = key.charCodeAt(index);
      bytes[size + index] = unit;
      hash = Math.imul(hash ^ unit, 0x01000193);
      hash ^= hash >>> 15;
    }
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let number = slots[slot] ?? EMPTY; number !== EMPTY; number = slots[slot] ?? EMPTY) {
      if (hashes[number] === hash && isSameKey(number, length)) return number;
      slot = (slot + 1) & mask;
    }
    return add(hash, slot, length);
  }

  function add(hash: number, slot: number, length: number): number {
    if (count === ends.length) {
      ends = grown(ends, new Uint32Array(2 * count));
      hashes = grown(hashes, new Int32Array(2 * count));
    }
    const number = count;
    slots[slot] = number;
    hashes[number] = hash;
    size += length;
    ends[number] = size;
    count += 1;
    if (2 * count > slots.length) slots = rehashed();
    return number;
  }

  /** Compares the key that has just been written after the last one. */
  function isSameKey(number: number, length: number): boolean {
    const start = number === 0 ? 0 : (ends[number - 1] ?? 0);
    if ((ends[number] ?? 0) - start !== length) return false;
    for (let index = 0; index < length; index += 1) if (bytes[start + index] !== bytes[size + index]) return false;
    return true;
  }

  function rehashed(): Int32Array<ArrayBuffer> {
    const fresh = new Int32Array(2 * slots.length).fill(EMPTY);
    const mask = fresh.length - 1;
    for (let number = 0; number < count; number += 1) {
      let slot = (hashes[number] ?? 0) & mask;
      while (fresh[slot] !== EMPTY) slot = (slot + 1) & mask;
      fresh[slot] = number;
    }
    return fresh;
  }

  return { numberOf, count: () => count };
}

function grown<Numbers extends Uint8Array | Uint32Array | Int32Array>(old: Numbers, bigger: Numbers): Numbers {
  bigger.set(old);
  return bigger;
}
