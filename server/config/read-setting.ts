import { SettingError } from './setting-error.ts';

/** Where settings come from: the environment, and files that it names. Passed in, so that a test brings its own. */
export interface SettingSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file. Throws when it cannot be read. */
  readonly readFile: (path: string) => string;
}

/**
 * A setting by name, or from the file that `NAME_FILE` names (its last line break left out). Null when neither is set;
 * an empty value counts as not set.
 * @throws SettingError when both are set, or the file cannot be read.
 */
export function readSetting(source: SettingSource, name: string): string | null {
  const direct = source.env[name];
  const fileName = source.env[`${name}_FILE`];
  const isDirect = direct !== undefined && direct !== '';
  const isFile = fileName !== undefined && fileName !== '';
  if (isDirect && isFile) throw new SettingError(name, `is set twice, as itself and as ${name}_FILE; leave one out`);
  if (isDirect) return direct;
  if (!isFile) return null;
  try {
    return source.readFile(fileName).replace(/\r?\n$/, '');
  } catch {
    throw new SettingError(`${name}_FILE`, 'names a file that cannot be read');
  }
}

/** The same for a setting that must be there. `why` says what it is for. */
export function requireSetting(source: SettingSource, name: string, why: string): string {
  const value = readSetting(source, name);
  if (value === null) throw new SettingError(name, `is not set; ${why}`);
  return value;
}
