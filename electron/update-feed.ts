import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const settingsSchema = z.strictObject({ url: z.string().max(2_048) });

/** Where newer versions are looked for. Off unless somebody said where. */
export type UpdateFeed = { readonly state: 'off' } | { readonly state: 'on'; readonly url: string } | { readonly state: 'refused'; readonly detail: string };

/** Reads `DRYDOCK_UPDATE_URL`, else `url` in `updates.json` under the home. Only https: what is fetched from there is run. */
export function readUpdateFeed(env: Readonly<Record<string, string | undefined>>, home: string): UpdateFeed {
  const named = env['DRYDOCK_UPDATE_URL'];
  if (named !== undefined && named !== '') return feedAt(named, 'DRYDOCK_UPDATE_URL');
  let text: string;
  try {
    text = readFileSync(join(home, 'updates.json'), 'utf8');
  } catch {
    return { state: 'off' };
  }
  const settings = settingsSchema.safeParse(parsed(text));
  return settings.success ? feedAt(settings.data.url, 'updates.json') : { state: 'refused', detail: 'updates.json must be {"url": "https://…"} and nothing else.' };
}

function feedAt(address: string, source: string): UpdateFeed {
  const url = URL.parse(address);
  if (url?.protocol !== 'https:') return { state: 'refused', detail: `The address in ${source} must begin with https://.` };
  if (url.username !== '' || url.password !== '') return { state: 'refused', detail: `The address in ${source} must hold no name and no password.` };
  return { state: 'on', url: url.href };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
