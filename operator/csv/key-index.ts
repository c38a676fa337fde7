/**
 * Numbers the distinct ASCII keys of a file: 0 for the first, the same number for the same key ever after.
 * Keys lie one after the other in one block of bytes and are compared byte by byte, so a million of them
 * take some 40 MB, where a `Map` of strings takes many times that and holds the text of the whole file.
 */
export type KeyIndex = {
  /**
   * The key's number; equal to the count of keys before it when it is new. Keys must be ASCII.
   * @throws RangeError at 8,388,607 keys
   */
  readonly numberOf: (key: string) => number;
  readonly count: () => number;
};

/** A slot holds the number of a key and the top bits of its hash, so that most look-ups read one place of memory. */
const NUMBER_BITS = 23;
const NUMBER_MASK = 2 ** NUMBER_BITS - 1;
/** As a slot, all bits set: the number that is never given. */
const EMPTY = -1;
const SMALLEST = 1 << 10;
const KEY_BYTES = 24;
/** Share of the slots that may be taken. */
const FULLEST = 0.75;

/**
 * `seed` (32 bits) keeps who writes the file from choosing keys that all fall into one place. With about
 * as many keys as `expected` nothing has to be moved to a bigger place.
 */
export function startKeyIndex(seed: number, expected = 0): KeyIndex {
  const capacity = Math.max(SMALLEST, expected);
  let bytes = new Uint8Array(capacity * KEY_BYTES);
  let ends = new Uint32Array(capacity);
  let hashes = new Int32Array(capacity);
  let slots = new Int32Array(2 ** Math.ceil(Math.log2(capacity / FULLEST))).fill(EMPTY);
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
    const tag = hash >>> NUMBER_BITS;
    let slot = hash & mask;
    for (let held = slots[slot] ?? EMPTY; held !== EMPTY; held = slots[slot] ?? EMPTY) {
      if (held >>> NUMBER_BITS === tag && isSameKey(held & NUMBER_MASK, length)) return held & NUMBER_MASK;
      slot = (slot + 1) & mask;
    }
    return add(hash, slot, length);
  }

  function add(hash: number, slot: number, length: number): number {
    if (count === NUMBER_MASK) throw new RangeError('An index of keys is full.');
    if (count === ends.length) {
      ends = grown(ends, new Uint32Array(2 * count));
      hashes = grown(hashes, new Int32Array(2 * count));
    }
    const number = count;
    slots[slot] = slotOf(hash, number);
    hashes[number] = hash;
    size += length;
    ends[number] = size;
    count += 1;
    if (count > FULLEST * slots.length) slots = rehashed();
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
      const hash = hashes[number] ?? 0;
      let slot = hash & mask;
      while (fresh[slot] !== EMPTY) slot = (slot + 1) & mask;
      fresh[slot] = slotOf(hash, number);
    }
    return fresh;
  }

  return { numberOf, count: () => count };
}

function slotOf(hash: number, number: number): number {
  return ((hash >>> NUMBER_BITS) << NUMBER_BITS) | number;
}

function grown<Numbers extends Uint8Array | Uint32Array | Int32Array>(old: Numbers, bigger: Numbers): Numbers {
  bigger.set(old);
  return bigger;
}
