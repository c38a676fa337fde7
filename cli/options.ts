import { Option } from 'commander';
import { foldEmail } from '../shared/core/email.ts';
import { UsageError } from './usage-error.ts';

/** Collects the values of an option that may be given many times. */
export function collected(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** An option that takes an e-mail address and may be given many times; addresses are folded as everywhere. */
export function emailsOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: readonly string[] | undefined) => collected(email(value), before));
}

/** @throws UsageError when the text is no address */
export function email(text: string): string {
  const folded = foldEmail(text);
  if (!folded.ok) throw new UsageError(`"${text.slice(0, 80)}" is no e-mail address.`);
  return folded.email;
}

/** A whole number, 0 or more. @throws UsageError */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`"${text.slice(0, 40)}" is no whole number.`);
  return Number(text);
}

/** A number above 0. @throws UsageError */
export function positiveNumber(text: string): number {
  const number = /^\d{1,9}(?:\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (number <= 0) throw new UsageError(`"${text.slice(0, 40)}" is no number above 0.`);
  return number;
}

/** `5%` or `5`: a share of 100, above 0. @throws UsageError */
export function percent(text: string): number {
  const number = positiveNumber(text.replace(/%$/, ''));
  if (number > 100) throw new UsageError('A stage is 100% at most.');
  return number;
}

/** `5%`, or a share from 0 to 1 such as `0.05`; gives the share. @throws UsageError */
export function share(text: string): number {
  const number = /^\d{1,3}(?:\.\d{1,6})?%?$/.test(text) ? Number(text.replace('%', '')) / (text.endsWith('%') ? 100 : 1) : 2;
  if (number > 1) throw new UsageError(`"${text.slice(0, 40)}" is no share: write 5% or 0.05.`);
  return number;
}

/** `FIELD=HEADER` pairs as a record without a prototype. @throws UsageError */
export function mappingOf(pairs: readonly string[]): Record<string, string> {
  const entries = pairs.map((pair): readonly [string, string] => {
    const at = pair.indexOf('=');
    if (at < 1 || at === pair.length - 1) throw new UsageError('A mapping is written FIELD=HEADER, for example --map email="Work address".');
    return [pair.slice(0, at).trim(), pair.slice(at + 1)];
  });
  return Object.fromEntries(entries);
}

/** A name that an environment can have. @throws UsageError also for an option that stands where the name is missing */
export function environmentName(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(text)) throw new UsageError('A name is a-z, 0-9 and hyphens, 32 characters at most.');
  return text;
}

/** A plan hash as it was printed. @throws UsageError */
export function planHash(text: string): string {
  const hash = text.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new UsageError('A plan hash is 64 hex digits, as "drydock dry-run" prints it.');
  return hash;
}
