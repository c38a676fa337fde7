export type CanonicalValue =
  | string
  | number
  | boolean
  | null
  | readonly CanonicalValue[]
  | { readonly [key: string]: CanonicalValue | undefined };

/**
 * JSON that is the same text for the same value wherever it is computed: keys in ASCII order, no white
 * space, absent keys left out. What is hashed or signed goes through here.
 * Throws `TypeError` for a number that JSON cannot hold and for text with half a surrogate pair, which
 * UTF-8 cannot carry.
 */
export function canonicalJson(value: CanonicalValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('A number in canonical JSON must be finite.');
    return JSON.stringify(value);
  }
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${canonicalString(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

const PLAIN = /^[ !#-[\]-~]*$/;
const HALF_SURROGATE = /\p{Cs}/u;

/** A JSON string. Plain ASCII is by far the most usual and needs no escaping. */
export function canonicalString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (HALF_SURROGATE.test(text)) throw new TypeError('Text in canonical JSON must be well-formed.');
  return JSON.stringify(text);
}

function isList(value: CanonicalValue): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}
