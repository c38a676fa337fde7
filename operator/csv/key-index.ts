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
const SMALLEST = 1 << 10;
const KEY_BYTES = 24;
/** Share of the places that may be taken. */
const FULLEST = 0.75;

/**
 * `seed` (32 bits) keeps who writes the file from choosing keys that all fall into one place. With about
 * as many keys as `expected` nothing has to be moved to a bigger place; any number fits.
 */
export function startKeyIndex(seed: number, expected = 0): KeyIndex {
  const capacity = Math.max(SMALLEST, expected);
  let bytes = new Uint8Array(capacity * KEY_BYTES);
  let ends = new Uint32Array(capacity);
  /** Pairs of hash and number: what a look-up reads lies together. */
  let slots = emptySlots(2 ** Math.ceil(Math.log2(capacity / FULLEST)));
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
    let slot = (hash << 1) & mask;
    for (let number = slots[slot + 1] ?? EMPTY; number !== EMPTY; number = slots[slot + 1] ?? EMPTY) {
      if (slots[slot] === hash && isSameKey(number, length)) return number;
      slot = (slot + 2) & mask;
    }
    return add(hash, slot, length);
  }

  function add(hash: number, slot: number, length: number): number {
    if (count === ends.length) ends = grown(ends, new Uint32Array(2 * count));
    const number = count;
    slots[slot] = hash;
    slots[slot + 1] = number;
    size += length;
    ends[number] = size;
    count += 1;
    if (count > (FULLEST * slots.length) / 2) slots = rehashed(slots);
    return number;
  }

  /** Compares the key that has just been written after the last one. */
  function isSameKey(number: number, length: number): boolean {
    const start = number === 0 ? 0 : (ends[number - 1] ?? 0);
    if ((ends[number] ?? 0) - start !== length) return false;
    for (let index = 0; index < length; index += 1) if (bytes[start + index] !== bytes[size + index]) return false;
    return true;
  }

  return { numberOf, count: () => count };
}

function emptySlots(pairs: number): Int32Array<ArrayBuffer> {
  return new Int32Array(2 * pairs).fill(EMPTY);
}

function rehashed(old: Int32Array): Int32Array<ArrayBuffer> {
  const fresh = emptySlots(old.length);
  const mask = fresh.length - 1;
  for (let from = 0; from < old.length; from += 2) {
    const hash = old[from] ?? 0;
    const number = old[from + 1] ?? EMPTY;
    if (number === EMPTY) continue;
    let slot = (hash << 1) & mask;
    while (fresh[slot + 1] !== EMPTY) slot = (slot + 2) & mask;
    fresh[slot] = hash;
    fresh[slot + 1] = number;
  }
  return fresh;
}

function grown<Numbers extends Uint8Array | Uint32Array>(old: Numbers, bigger: Numbers): Numbers {
  bigger.set(old);
  return bigger;
}
