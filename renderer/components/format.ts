const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const localTime = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' });
const localClockSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const localClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** A whole number with its digits grouped: 1,000,000. */
export function formatCount(value: number): string {
  return count.format(value);
}

/** A number with at most one digit after the point. */
export function formatDecimal(value: number): string {
  return decimal.format(value);
}

/** `1 person`, `57 people`. */
export function people(value: number): string {
  return value === 1 ? '1 person' : `${formatCount(value)} people`;
}

/** `1 row`, `57 rows`; any noun whose plural adds an s. */
export function counted(value: number, noun: string): string {
  return value === 1 ? `1 ${noun}` : `${formatCount(value)} ${noun}s`;
}

/** Local date and time to the second. */
export function formatLocal(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : localTime.format(time);
}

/** Local time to the second. */
export function formatClockSeconds(iso: string): string {
  return localClockSeconds.format(new Date(iso));
}

/** Local hour and minute. */
export function formatClock(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : localClock.format(time);
}

/** The same moment in UTC, for the hover. */
export function formatUtc(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().replace('T', ' ').replace(/\.\d+Z$/, '')} UTC`;
}

/** A length of time in the two largest units: `3 min 20 s`, `7 h 12 min`, `2 d 3 h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joinUnits(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 172_800) return joinUnits(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return joinUnits(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

function joinUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `512 bytes`, `4.2 kB`, `90 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return counted(bytes, 'byte');
  if (bytes < 1_000_000) return `${decimal.format(bytes / 1000)} kB`;
  if (bytes < 1_000_000_000) return `${decimal.format(bytes / 1_000_000)} MB`;
  return `${decimal.format(bytes / 1_000_000_000)} GB`;
}

/** The first twelve digits of a hash, enough to tell two apart at a glance. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}
