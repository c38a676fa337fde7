import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** A secret that stands somewhere it must not. */
export interface SecretFound {
  readonly file: string;
  readonly secret: string;
  readonly form: string;
}

/** The forms in which a secret could have leaked: raw, JSON-escaped, URL-encoded, base64 at each alignment, UTF-16. */
export function formsOf(secret: string): ReadonlyMap<string, Buffer> {
  const forms = new Map<string, Buffer>();
  forms.set('raw', Buffer.from(secret));
  forms.set('json', Buffer.from(JSON.stringify(secret).slice(1, -1)));
  forms.set('url', Buffer.from(encodeURIComponent(secret)));
  forms.set('utf16le', Buffer.from(secret, 'utf16le'));
  forms.set('hex', Buffer.from(Buffer.from(secret).toString('hex')));
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]).toString('base64');
    // The first and last characters depend on what stands around the secret: only the middle is sure.
    forms.set(`base64+${shift}`, Buffer.from(encoded.slice(shift === 0 ? 0 : 4, -4)));
  }
  return forms;
}

/** Looks for secrets in every file below the folders, save those named `secrets*`, which are where secrets belong. */
export async function scanForSecrets(folders: readonly string[], secrets: Readonly<Record<string, string>>): Promise<{ readonly filesRead: number; readonly found: readonly SecretFound[] }> {
  const found: SecretFound[] = [];
  let filesRead = 0;
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile() || basename(entry.name).startsWith('secrets')) continue;
      const file = join(entry.parentPath, entry.name);
      const bytes = await readFile(file);
      filesRead += 1;
      for (const [secret, value] of Object.entries(secrets)) {
        for (const [form, pattern] of formsOf(value)) {
          if (pattern.length >= 8 && bytes.includes(pattern)) found.push({ file, secret, form });
        }
      }
    }
  }
  return { filesRead, found };
}
