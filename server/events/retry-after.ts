const DEFAULT_MS = 5_000;
/** Longer than any window of a limit; what asks for more is asked again. */
const MAX_MS = 600_000;

/**
 * How long a `Retry-After` asks to wait (RFC 9110, 10.2.3): seconds, or a date, which is read against `answeredAt`, the
 * answer's own `Date`, since two clocks need not agree. A missing or unreadable one is a few seconds.
 */
export function retryAfterMs(header: string | null, answeredAt: string | null, now: Date): number {
  if (header === null) return DEFAULT_MS;
  const text = header.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), MAX_MS);
  // An HTTP date is always GMT; the parser takes much else, even "-3", for a date.
  const until = text.endsWith('GMT') ? Date.parse(text) : Number.NaN;
  const from = answeredAt === null ? Number.NaN : Date.parse(answeredAt);
  if (Number.isNaN(until)) return DEFAULT_MS;
  return Math.min(Math.max(0, until - (Number.isNaN(from) ? now.getTime() : from)), MAX_MS);
}
