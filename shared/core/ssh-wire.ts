/** Bytes of an ASCII text. Throws `RangeError` for anything else, so that nobody has to guess an encoding. */
export function asciiBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code > 0x7f) throw new RangeError('Only ASCII can stand here.');
    return code;
  });
}

/** An SSH `string`: its length in four bytes, most significant first, then its bytes (RFC 4251 section 5). */
export function sshString(content: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const bytes = typeof content === 'string' ? asciiBytes(content) : content;
  return joinBytes([uint32(bytes.length), bytes]);
}

/** An SSH `uint32` (RFC 4251 section 5). */
export function uint32(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** Takes the parts of a blob in their order. Every `read` gives null once something did not fit, and ever after. */
type SshReader = {
  readonly bytes: (length: number) => Uint8Array | null;
  readonly uint32: () => number | null;
  readonly string: () => Uint8Array | null;
  /** An SSH string that holds printable ASCII. */
  readonly text: () => string | null;
  /** Whether everything was read and everything fitted. */
  readonly isAtEnd: () => boolean;
};

export function readSsh(blob: Uint8Array): SshReader {
  let at = 0;
  let fits = true;

  function bytes(length: number): Uint8Array | null {
    if (!fits || length > blob.length - at) {
      fits = false;
      return null;
    }
    at += length;
    return blob.subarray(at - length, at);
  }
  function number(): number | null {
    const four = bytes(4);
    if (four === null) return null;
    return four.reduce((sum, byte) => sum * 256 + byte, 0);
  }
  function string(): Uint8Array | null {
    const length = number();
    return length === null ? null : bytes(length);
  }
  function text(): string | null {
    const content = string();
    if (content === null) return null;
    const isPrintable = content.every((byte) => byte >= 0x20 && byte < 0x7f);
    return isPrintable ? Array.from(content, (byte) => String.fromCharCode(byte)).join('') : null;
  }
  return { bytes, uint32: number, string, text, isAtEnd: () => fits && at === blob.length };
}
