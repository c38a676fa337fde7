import { isLoopback } from '../../shared/core/loopback-host.ts';
import { KLAVIYO_BASE_URL, type KlaviyoSettings } from '../events/klaviyo.ts';
import { readSetting, type SettingSource } from './read-setting.ts';
import { SettingError } from './setting-error.ts';

/**
 * Where events go (A13). Null without a key: events are recorded and wait, and nobody is called.
 * @throws SettingError for a key that no header can carry, and for an address that would show it to others.
 */
export function klaviyoSettings(source: SettingSource): KlaviyoSettings | null {
  const apiKey = readSetting(source, 'KLAVIYO_API_KEY');
  const baseUrl = baseAddress(readSetting(source, 'KLAVIYO_BASE_URL') ?? KLAVIYO_BASE_URL);
  if (apiKey === null) return null;
  if (!/^[\x21-\x7e]{1,512}$/.test(apiKey)) throw new SettingError('KLAVIYO_API_KEY', 'must be a private API key: printable characters without spaces, on one line');
  return { apiKey, baseUrl };
}

function baseAddress(text: string): string {
  if (!URL.canParse(text)) throw bad('is not an address');
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) throw bad('must be an https address; http would show the key to others and is taken for this machine alone');
  if (url.username !== '' || url.password !== '') throw bad('must hold no name and password');
  if (url.search !== '' || url.hash !== '') throw bad('must end before any ? or #');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function bad(problem: string): SettingError {
  return new SettingError('KLAVIYO_BASE_URL', problem);
}
