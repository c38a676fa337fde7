/** SHA-256 of a text as UTF-8, lower-case hex. Passed in, since the domain itself reaches for no platform. */
export type Sha256 = (text: string) => string;

/** SHA-256 of a text that comes in pieces; the pieces are joined as they are, as UTF-8. */
export type Sha256Stream = {
  readonly update: (text: string) => void;
  /** Lower-case hex; ends the stream. */
  readonly digestHex: () => string;
};

/** A SHA-256 as it is written everywhere: 64 lower-case hex digits. */
export const SHA256_HEX = /^[0-9a-f]{64}$/;
