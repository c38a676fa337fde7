import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CheckDocument, checkDocumentSchema } from '../../shared/core/check-document.ts';
import { accountPrepColumns } from '../../shared/playbooks/account-prep/columns.ts';
import { checkCsv, checkDocument } from './check-csv.ts';
import { temporaryFolder } from './temporary-folder.testing.ts';

const corpus = fileURLToPath(new URL('../../tests/corpus/csv/', import.meta.url));
const manifest = z
  .array(
    z.strictObject({
      file: z.string(),
      /** ACCEPT: all rows go on; ROWS: exactly these are rejected; FILE: refused; NEVER: no row goes on; EITHER: refused, or as stated. */
      outcome: z.enum(['ACCEPT', 'ROWS', 'FILE', 'NEVER', 'EITHER']),
      why: z.string(),
      accepted: z.int().optional(),
      rejected: z.array(z.int()).optional(),
      duplicates: z.array(z.int()).optional(),
      emails: z.array(z.string()).optional(),
    }),
  )
  .parse(JSON.parse(readFileSync(join(corpus, 'MANIFEST.json'), 'utf8')));

type CheckedCorpusFile = { readonly document: CheckDocument; readonly records: readonly { readonly email: string }[] };
const checkedFiles = new Map<string, Promise<CheckedCorpusFile>>();

/** Each file is checked once, in a thread of its own; what is asked of it after that is asked of the same outcome. */
async function checkCorpusFile(file: string): Promise<CheckedCorpusFile> {
  const checked = checkedFiles.get(file) ?? checkFile(file);
  checkedFiles.set(file, checked);
  return checked;
}

async function checkFile(file: string): Promise<CheckedCorpusFile> {
  const checked = await checkCsv({ path: join(corpus, file), fileName: file, folder: temporaryFolder(), columns: accountPrepColumns });
  return { document: checkDocumentSchema.parse(checkDocument(checked)), records: [...checked.accepted.all()].map((line) => z.looseObject({ email: z.string() }).parse(JSON.parse(line))) };
}

describe('every file of the corpus', () => {
  it('is in the manifest, and the other way round', () => {
    const files = readdirSync(corpus).filter((name) => name.endsWith('.csv'));
    expect(files.length).toBeGreaterThan(50);
    expect(manifest.map(({ file }) => file).sort()).toEqual(files.sort());
  });

  it.each(manifest)('$file: $outcome, $why', async ({ file, outcome, accepted, rejected, duplicates, emails }) => {
    const { document, records } = await checkCorpusFile(file);
    expect(document.rows).toBe(document.accepted + document.rejected.length + document.duplicates.length);
    expect(records).toHaveLength(document.accepted);
    expect(document.cohort === null).toBe(document.accepted === 0);
    if (outcome === 'FILE' || outcome === 'NEVER') {
      expect(document.accepted).toBe(0);
      if (outcome === 'FILE') expect(document.file_error).not.toBeNull();
      return;
    }
    if (outcome === 'EITHER' && document.file_error !== null) {
      expect(document.accepted).toBe(0);
      return;
    }
    expect(document.file_error).toBeNull();
    expect(document.accepted).toBe(accepted);
    expect(document.rejected.map(({ line }) => line)).toEqual(rejected ?? []);
    expect(document.duplicates.map(({ line }) => line)).toEqual(duplicates ?? []);
    if (emails !== undefined) expect(records.map(({ email }) => email)).toEqual(emails);
  });

  it.each([
    ['empty.csv', 'empty', null],
    ['whitespace-only.csv', 'empty', null],
    ['header-only.csv', 'no_rows', null],
    ['utf16le-no-bom.csv', 'nul_byte', 1],
    ['latin1.csv', 'not_utf8', 2],
    ['truncated-multibyte.csv', 'truncated_character', 3],
    ['nul-in-field.csv', 'nul_byte', 2],
    ['unclosed-quote.csv', 'unclosed_quote', 2],
    ['text-after-quote.csv', 'text_after_quote', 2],
    ['title-row.csv', 'title_row', 1],
    ['header-zero-width.csv', 'invisible_in_header', 1],
    ['duplicate-header.csv', 'duplicate_header', 1],
    ['no-email-column.csv', 'missing_column', 1],
    ['password-column.csv', 'secret_column', 1],
    ['renamed-xlsx.csv', 'workbook', null],
    ['login-page.csv', 'html_page', 1],
  ])('%s is refused as %s on line %s, with its digest all the same', async (file, code, line) => {
    const { document } = await checkCorpusFile(file);
    expect(document.file_error).toMatchObject({ code, line });
    expect(document.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(document)).not.toContain('Temp!Passw0rd');
  });

  it('leaves Object.prototype alone', async () => {
    await checkCorpusFile('proto-header.csv');
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect('polluted' in {}).toBe(false);
  });

  it('never holds a whole rejected value', async () => {
    for (const { file } of manifest.filter(({ outcome }) => outcome === 'ROWS')) {
      const { document } = await checkCorpusFile(file);
      const source = readFileSync(join(corpus, file), 'utf8').split(/\r?\n/);
      for (const { line, masked } of document.rejected) {
        const cells = (source[line - 1] ?? '').split(',').filter((cell) => cell.trim() !== '');
        expect(cells).not.toContain(masked);
      }
    }
  });
});
