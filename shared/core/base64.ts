const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDED = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Base64 with padding and without line breaks (RFC 4648 section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    text += left > 1 ? ALPHABET.charAt((group >> 6) & 63) : '=';
    text += left > 2 ? ALPHABET.charAt(group & 63) : '=';
  }
  return text;
}

/**
 * The bytes of a padded base64 text, or null when it is anything else. Stray characters and unused bits that are
 * not zero are refused: otherwise two texts would stand for the same bytes, and a changed byte could go unseen.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!PADDED.test(text)) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let out = 0;
  for (let at = 0; at < text.length; at += 4) {
    let group = 0;
    for (let place = 0; place < 4; place += 1) group = (group << 6) | Math.max(0, ALPHABET.indexOf(text.charAt(at + place)));
    for (const byte of [group >> 16, (group >> 8) & 255, group & 255]) {
      if (out < bytes.length) bytes[out] = byte;
      else if (byte !== 0) return null;
      out += 1;
    }
  }
  return bytes;
}
