import { Refusal } from './refusal.ts';

/** Deeper bodies than any call needs cost a parser its stack; they are refused unread. */
export const JSON_DEPTH_MAX = 16;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON body: UTF-8 alone, of limited depth, without NUL, half surrogate pairs or a `__proto__` key anywhere.
 * Throws a {@link Refusal}: `malformed_body` where it cannot be read, `invalid_request` where it holds such text. No
 * part of the body is repeated in the refusal.
 */
export function readJsonBody(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  refuseDepth(text);
  const value = parse(text);
  // Unescaped, none of these can get past the decoder and the JSON grammar.
  if (text.includes('\\u') || text.includes('__proto__')) refuseUncleanValues(value, '');
  return value;
}

/** Whether text holds a NUL, which PostgreSQL cannot store, or half a surrogate pair, which UTF-8 cannot carry. */
export function isUncleanText(text: string): boolean {
  return text.includes('\u0000') || !text.isWellFormed();
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refusal('malformed_body', { because: 'The body is not UTF-8.' });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('malformed_body', { because: 'The body is not JSON.' });
  }
}

/** One pass over the text, before any parser recurses into it. */
function refuseDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (inString) {
      if (unit === 0x5c) index += 1;
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) inString = true;
    else if (unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > JSON_DEPTH_MAX) throw new Refusal('malformed_body', { because: `The body nests deeper than ${JSON_DEPTH_MAX} levels.` });
    } else if (unit === 0x5d || unit === 0x7d) depth -= 1;
  }
}

function refuseUncleanValues(value: unknown, path: string): void {
  if (typeof value === 'string') {
    if (isUncleanText(value)) refuseAt(path, 'must not hold NUL or half a surrogate pair');
  } else if (Array.isArray(value)) {
    value.forEach((item: unknown, index) => refuseUncleanValues(item, path === '' ? String(index) : `${path}.${index}`));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key === '__proto__' || isUncleanText(key)) refuseAt(path, 'has a key that cannot be');
      refuseUncleanValues(item, path === '' ? key : `${path}.${key}`);
    }
  }
}

function refuseAt(path: string, message: string): never {
  throw new Refusal('invalid_request', { errors: [{ path, message }] });
}
