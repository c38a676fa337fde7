import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withUnzippedReport } from '../../operator/reports/unzip-report.ts';
import { pdfTexts } from './pdf-text.ts';
import { formsOf } from './secret-scan.ts';

/** A personal text that stands somewhere in a report, and in which form. */
export interface PersonalFound {
  readonly file: string;
  readonly text: string;
  readonly form: string;
}

const SHORTEST_ENCODED = 8;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** The forms in which a personal text could have stayed: those of a secret, and as HTML and JSON have it, in both orders of UTF-16. */
export function formsOfPersonal(text: string): ReadonlyMap<string, Buffer> {
  const forms = new Map(formsOf(text));
  forms.set('html', Buffer.from(text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')));
  forms.set('html, numbered', Buffer.from(text.replaceAll(/[^ -~]|[&<>"']/gu, (character) => `&#${String(character.codePointAt(0))};`)));
  forms.set('json, ascii', Buffer.from(JSON.stringify(text).slice(1, -1).replaceAll(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)));
  forms.set('csv', Buffer.from(text.replaceAll('"', '""')));
  forms.set('csv of json', Buffer.from(JSON.stringify(text).slice(1, -1).replaceAll('"', '""')));
  forms.set('utf16be', Buffer.from(text, 'utf16le').swap16());
  // Of a short text what is sure of such a form are a few letters, which stand anywhere.
  for (const [form, bytes] of forms) if (bytes.length < SHORTEST_ENCODED && form.startsWith('base64')) forms.delete(form);
  return forms;
}

/**
 * Looks for the texts in every file of a report, in its PDF as it can be read, and in what comes out of its zip; in capitals, in
 * small letters and as they are. Gives how many files were read, so that nobody takes an empty folder for a clean one.
 */
export async function scanReport(folder: string, zip: string, texts: readonly string[]): Promise<{ readonly filesRead: number; readonly found: readonly PersonalFound[] }> {
  const all = texts.flatMap((text) => [text, text.toLowerCase(), text.toUpperCase()].flatMap((one) => [...formsOfPersonal(one)].map(([form, bytes]) => ({ text, form, bytes }))));
  // Many forms of a plain text are the same bytes.
  const patterns = [...new Map(all.map((pattern) => [pattern.bytes.toString('latin1'), pattern])).values()];
  const found: PersonalFound[] = [];
  let filesRead = 0;
  const scan = (file: string, bytes: Buffer): void => {
    filesRead += 1;
    for (const { text, form, bytes: pattern } of patterns) if (bytes.includes(pattern)) found.push({ file, text, form });
  };
  const scanFolder = (path: string, from: string): void => {
    for (const name of readdirSync(path)) {
      const bytes = readFileSync(join(path, name));
      scan(`${from}${name}`, bytes);
      scan(`${from}the name ${name}`, Buffer.from(name));
      if (name.endsWith('.pdf')) for (const text of pdfTexts(bytes)) scan(`${from}${name}, as it is read`, Buffer.from(text));
    }
  };
  scanFolder(folder, '');
  scan('the zip', readFileSync(zip));
  await withUnzippedReport(zip, async (unzipped) => scanFolder(unzipped, 'in the zip: '));
  return { filesRead, found };
}
