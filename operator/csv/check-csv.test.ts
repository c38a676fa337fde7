import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CheckDocument } from '../../shared/core/check-document.ts';
import { accountPrepColumns } from '../../shared/playbooks/account-prep/columns.ts';
import { type CheckOptions, checkCsv, checkDocument, openCheckedCsv } from './check-csv.ts';
import { checkFile } from './check-file.ts';
import { rejectsCsv } from './rejects-csv.ts';
import { temporaryFolder } from './temporary-folder.testing.ts';

const HEADER = 'Customer Name,Customer Email,Stripe_Customer_ID,Signup Date';
/** Raise it for a longer search: `DRYDOCK_FUZZ_FILES=10000 npx vitest run operator/csv`. */
const FILES = Number(process.env['DRYDOCK_FUZZ_FILES'] ?? 500);
const SEED = Number(process.env['DRYDOCK_FUZZ_SEED'] ?? 20230405);

function write(content: string | Uint8Array): string {
  const path = join(temporaryFolder(), 'people.csv');
  writeFileSync(path, content);
  return path;
}

async function check(content: string | Uint8Array, options: Partial<CheckOptions> = {}) {
  return checkCsv({ path: write(content), fileName: 'people.csv', folder: temporaryFolder(), columns: accountPrepColumns, ...options });
}

async function documentOf(content: string | Uint8Array, options: Partial<CheckOptions> = {}): Promise<CheckDocument> {
  return checkDocument(await check(content, options));
}

function emailOf(canonicalLine: string): string {
  return z.looseObject({ email: z.string() }).parse(JSON.parse(canonicalLine)).email;
}

describe('checking a file', () => {
  it('says that there is no room where its folder cannot be made', async () => {
    const inTheWay = write('');
    await expect(check(HEADER, { folder: join(inTheWay, 'rows') })).rejects.toThrow('There is no room to check the file');
  });

  it('shows the columns of a file that only lacks a mapping, and none of one with a secret', async () => {
    const unmapped = await check('Who,Mail me,Stripe_Customer_ID\nAnn Lee,ann@example.com,cus_A1\n');
    expect(unmapped.summary.file_error?.code).toBe('missing_column');
    expect(unmapped.headers).toEqual([
      { header: 'Who', samples: ['Ann Lee'] },
      { header: 'Mail me', samples: ['ann@example.com'] },
      { header: 'Stripe_Customer_ID', samples: ['cus_A1'] },
    ]);
    expect((await check('Who,Mail me,Password\nAnn Lee,ann@example.com,hunter2\n')).headers).toEqual([]);
  });

  it('names the cohort by the bytes of its canonical form, which lie ready as a file', async () => {
    const checked = await check(`${HEADER}\n Ann  Lee ,ANN@example.com,cus_A1,\nZoe\u0308,zoe@example.com,cus_Z1,2023-04-05\n`);
    const canonical = '{"email":"ann@example.com","full_name":"Ann Lee","stripe_customer_id":"cus_A1"}\n{"email":"zoe@example.com","full_name":"Zo\u00eb","signup_date":"2023-04-05","stripe_customer_id":"cus_Z1"}\n';
    expect(readFileSync(checked.acceptedPath, 'utf8')).toBe(canonical);
    expect(checked.summary.cohort).toBe(createHash('sha256').update(canonical).digest('hex'));
  });

  it('tells a conflicting duplicate from an exact one, and names the line that is kept', async () => {
    const { duplicates } = await documentOf(`${HEADER}\nAnn,a1@example.com,cus_A1,\nBob,b1@example.com,cus_B1,\nAnn,A1@example.com,cus_A1,\nAnn Lee,a1@example.com,cus_A1,\n`);
    expect(duplicates).toEqual([
      { line: 4, row: 3, kept_line: 2, conflicting: false },
      { line: 5, row: 4, kept_line: 2, conflicting: true },
    ]);
  });

  it('takes back every row of a Stripe id that two people have, with its warnings, in file order', async () => {
    const document = await documentOf(`${HEADER}\n=Ann,a1@example.com,cus_S,\nbad,,cus_X,\nBob,b1@example.com,cus_B1,soon\nCat,c1@example.com,cus_S,\nDan,nope,cus_D,\n`);
    expect(document.rejected.map(({ line, code }) => [line, code])).toEqual([
      [2, 'stripe_id_shared'],
      [3, 'email_missing'],
      [5, 'stripe_id_shared'],
      [6, 'email_malformed'],
    ]);
    expect(document.warnings).toEqual([{ line: 4, row: 3, field: 'signup_date', code: 'signup_date_unreadable' }]);
    expect(document.accepted).toBe(1);
    expect(document.cohort).toBe(createHash('sha256').update('{"email":"b1@example.com","full_name":"Bob","signup_date":"soon","stripe_customer_id":"cus_B1"}\n').digest('hex'));
  });

  it('counts a dropped duplicate as a claim to its Stripe id', async () => {
    const document = await documentOf(`${HEADER}\nAnn,a1@example.com,cus_A1,\nAnn,a1@example.com,cus_B1,\nBob,b1@example.com,cus_B1,\n`);
    expect(document.accepted).toBe(0);
    expect(document.rejected.map(({ line }) => line)).toEqual([2, 4]);
  });

  it('can be opened again by a later process, and removed', async () => {
    const folder = join(temporaryFolder(), 'spool');
    const checked = await check(`${HEADER}\nAnn,a1@example.com,cus_A1,\nBob,nope,cus_B1,\n`, { folder });
    expect(checkDocument(openCheckedCsv(folder))).toEqual(checkDocument(checked));
    checked.dispose();
    expect(existsSync(folder)).toBe(false);
  });

  it('gives any page of a long list', async () => {
    const rows = Array.from({ length: 1000 }, (_, index) => `P${index},nope${index},cus_P${index},`);
    const checked = await check(`${HEADER}\n${rows.join('\n')}\n`);
    expect(checked.rejected.count).toBe(1000);
    expect(checked.rejected.page(254, 4).map(({ line }) => line)).toEqual([256, 257, 258, 259]);
    expect(checked.rejected.page(999, 10)).toHaveLength(1);
    expect(checked.rejected.page(1000, 10)).toEqual([]);
    expect([...rejectsCsv(checked)]).toHaveLength(1001);
  });

  it('ends when it is told to, and leaves nothing behind', async () => {
    const folder = join(temporaryFolder(), 'spool');
    const stop = new AbortController();
    const checking = check(`${HEADER}\n${'Ann,nope,cus_A1,\n'.repeat(200_000)}`, { folder, signal: stop.signal, onProgress: () => stop.abort(new Error('stopped')) });
    await expect(checking).rejects.toThrow('stopped');
    expect(existsSync(folder)).toBe(false);
  });
});

describe('long runs of blank lines', () => {
  it('are counted, and shift the line numbers of what follows', async () => {
    const document = await documentOf(`${HEADER}\n${'\n'.repeat(1000)}Ann,nope,cus_A1,\n${'\n'.repeat(300)}Bob,nope,cus_B1,\n${'\n'.repeat(500)}`);
    expect(document.rejected.map(({ line }) => line)).toEqual([1002, 1303]);
    expect(document.blank).toBe(1800);
  });

  it('are no rows when they are all there is, and no header', async () => {
    expect((await documentOf(`${HEADER}\n${'\n'.repeat(100_000)}`)).file_error?.code).toBe('no_rows');
    expect((await documentOf('\n'.repeat(1_000_000))).file_error?.code).toBe('empty');
  });
});

describe('columns and encodings', () => {
  const row = 'Ann,ann@example.com,cus_A1,2023-01-01';

  it.each([
    ['mapped by hand', `Who,Customer Email,Stripe ID\nAnn,ann@example.com,cus_A1\n`, { mapping: { full_name: 'who' } }],
    ['one of two that could be it, by hand', `Name,Email,Mail,Stripe ID\nAnn,ann@example.com,x,cus_A1\n`, { mapping: { email: 'Email' } }],
    ['a delimiter asked for', 'Name|Email|Stripe ID\nAnn|ann@example.com|cus_A1\n', { delimiter: 'pipe' }],
    ['Windows-1252 asked for', Buffer.from(`${HEADER}\nZo\u00eb,zoe@example.com,cus_Z1,\n`, 'latin1'), { encoding: 'windows-1252' }],
    ['UTF-16, high byte first', Buffer.from(`\ufeff${HEADER}\n${row}\n`, 'utf16le').swap16(), {}],
    ['sep= with a semicolon', `sep=;\r\nName;Email;Stripe ID\r\nAnn;ann@example.com;cus_A1\r\n`, {}],
    ['camel case', `fullName,emailAddress,stripeCustomerId\nAnn,ann@example.com,cus_A1\n`, {}],
    ['columns without a name', `Name,Email,Stripe ID,,\nAnn,ann@example.com,cus_A1,,\n`, {}],
    ['blank lines above the header', `\n\n${HEADER}\n${row}\n`, {}],
    ['a header over two lines', `Name,Email,Stripe ID,"No\ntes"\nAnn,ann@example.com,cus_A1,x\n`, {}],
  ])('reads %s', async (_, content, options) => {
    const { file_error: fileError, accepted } = await documentOf(content, options);
    expect(fileError).toBeNull();
    expect(accepted).toBe(1);
  });

  it.each([
    ['a mapping to no column', `${HEADER}\n${row}\n`, { mapping: { email: 'Nope' } }, 'unknown_mapping'],
    ['a mapping of no field', `${HEADER}\n${row}\n`, { mapping: { shoe_size: 'Customer Name' } }, 'unknown_mapping'],
    ['one column for two fields', `${HEADER}\n${row}\n`, { mapping: { email: 'Customer Name', full_name: 'Customer Name' } }, 'unknown_mapping'],
    ['two columns that could be one field', `Name,Email,Mail,Stripe ID\n${row}\n`, {}, 'ambiguous_column'],
    ['an unknown encoding', `${HEADER}\n${row}\n`, { encoding: 'ebcdic' }, 'unknown_encoding'],
    ['an unknown delimiter', `${HEADER}\n${row}\n`, { delimiter: 'x' }, 'unknown_delimiter'],
    ['a mark of another encoding', `\ufeff${HEADER}\n${row}\n`, { encoding: 'windows-1252' }, 'encoding_mismatch'],
    ['no header', `${row}\n${row}\n`, {}, 'no_header'],
    ['too many columns', `${HEADER}${',x'.repeat(200)}\n`, {}, 'too_many_columns'],
    ['a name of a column that is a page long', `${HEADER},${'x'.repeat(301)}\n`, {}, 'header_too_long'],
    ['one line without end', 'x'.repeat(2_000_000), {}, 'header_too_long'],
    ['rows that are all blank', `${HEADER}\n\n,,,\n`, {}, 'no_rows'],
    ['half a surrogate pair', Buffer.from(`\ufeff${HEADER}\nA\ud800nn,ann@example.com,cus_A1,\n`, 'utf16le'), {}, 'not_utf16'],
    ['a PDF', '%PDF-1.7\n', {}, 'binary_file'],
  ])('refuses %s', async (_, content, options, code) => {
    const document = await documentOf(content, options);
    expect(document.file_error?.code).toBe(code);
    expect(document).toMatchObject({ rows: 0, accepted: 0, rejected: [], duplicates: [], warnings: [], cohort: null });
  });

  it.each(['pwd', 'userPwd', 'API_KEY', 'Access Token', 'client-secret', 'Passwort', 'Contrase\u00f1a', '\uff50\uff41\uff53\uff53word', 'PIN', 'Session', 'pass'])('takes a column "%s" for a secret', async (header) => {
    expect((await documentOf(`${HEADER},${header}\n${row},x\n`)).file_error?.code).toBe('secret_column');
  });

  it.each(['Secretary', 'Shipping', 'Compass', 'Notes', 'Spinning'])('takes a column "%s" for what it is', async (header) => {
    expect((await documentOf(`${HEADER},${header}\n${row},x\n`)).ignored_columns).toEqual([header]);
  });
});

describe('trouble with the file itself', () => {
  it('is said, not thrown', async () => {
    const folder = temporaryFolder();
    const of = async (path: string) => (await checkCsv({ path, fileName: 'x.csv', folder: join(folder, String(Math.random())), columns: accountPrepColumns })).summary.file_error?.code;
    mkdirSync(join(folder, 'folder.csv'));
    expect(await of(join(folder, 'nowhere.csv'))).toBe('not_found');
    expect(await of(join(folder, 'folder.csv'))).toBe('not_a_file');
    expect(await of('/dev/null')).toBe('not_a_file');
  });

  it('includes that it changed while it was read', () => {
    const path = write(`${HEADER}\nAnn,ann@example.com,cus_A1,\n`);
    let isTouched = false;
    const { summary } = checkFile({ path, fileName: 'people.csv', folder: temporaryFolder(), columns: accountPrepColumns }, () => {
      if (!isTouched) appendFileSync(path, 'Eve,eve@example.com,cus_E1,\n');
      isTouched = true;
    });
    expect(summary.file_error?.code).toBe('file_changed');
    expect(summary.cohort).toBeNull();
  });

  it('decides big single cells and endless quotes without going over them again and again', () => {
    for (const cell of [`a@${'a.'.repeat(5_000_000)}`, `"${'""'.repeat(5_000_000)}"`, ','.repeat(10_000_000), `"${'x'.repeat(10_000_000)}`]) {
      const { summary, accepted } = checkFile({ path: write(`${HEADER}\nAnn,${cell},cus_A1,\nBob,bob@example.com,cus_B1,\n`), fileName: 'people.csv', folder: temporaryFolder(), columns: accountPrepColumns }, () => undefined);
      expect(summary.file_error === null ? accepted.count : summary.file_error.code).toSatisfy((result) => result === 1 || result === 'unclosed_quote');
    }
  });
});

/** A made-up row, with what must become of it. Addresses and ids are unique by `number` unless the kind says otherwise. */
type Kind = 'good' | 'spaced' | 'quoted' | 'bad_email' | 'bad_id' | 'no_name' | 'short' | 'long' | 'blank' | 'commas' | 'repeat' | 'repeat_changed';
const kinds: readonly Kind[] = ['good', 'good', 'good', 'spaced', 'quoted', 'bad_email', 'bad_id', 'no_name', 'short', 'long', 'blank', 'commas', 'repeat', 'repeat_changed'];

type Expected = { text: string; accepted: string[]; rejected: number[]; duplicates: [number, number, boolean][]; blank: number };

function build(rows: readonly Kind[], delimiter: string, lineBreak: string, endsWithBreak: boolean): Expected {
  const expected: Expected = { text: '', accepted: [], rejected: [], duplicates: [], blank: 0 };
  const lines = [['Customer Name', 'Customer Email', 'Stripe_Customer_ID', 'Signup Date', 'Notes'].join(delimiter)];
  let line = 2;
  let kept: { line: number; number: number } | undefined;
  for (const [number, kind] of rows.entries()) {
    const name = `"P${delimiter} ""${number}"""`;
    const cells = [name, `p${number}@example.com`, `cus_P${number}`, '2023-01-01', ''];
    const start = line;
    if (kind === 'spaced') cells[1] = ` P${number}@Example.COM `;
    if (kind === 'quoted') cells[4] = `"one${lineBreak}""two""${delimiter}${lineBreak}three"`;
    if (kind === 'bad_email') cells[1] = `p${number}@@example.com`;
    if (kind === 'bad_id') cells[2] = `${number}E+15`;
    if (kind === 'no_name') cells[0] = ' ';
    if (kind === 'short') cells.pop();
    if (kind === 'long') cells.push('more');
    if ((kind === 'repeat' || kind === 'repeat_changed') && kept !== undefined) {
      cells.splice(0, 3, kind === 'repeat' ? `"P${delimiter} ""${kept.number}"""` : 'Somebody Else', `P${kept.number}@example.com`, `cus_P${kept.number}`);
      expected.duplicates.push([start, kept.line, kind === 'repeat_changed']);
    } else if (kind === 'blank' || kind === 'commas') {
      expected.blank += 1;
    } else if (['bad_email', 'bad_id', 'no_name', 'short', 'long'].includes(kind)) {
      expected.rejected.push(start);
    } else {
      expected.accepted.push(`p${number}@example.com`);
      kept = { line: start, number };
    }
    lines.push(kind === 'blank' ? '' : kind === 'commas' ? delimiter.repeat(4) : cells.join(delimiter));
    line += kind === 'quoted' ? 3 : 1;
  }
  expected.text = lines.join(lineBreak) + (endsWithBreak ? lineBreak : '');
  if (!endsWithBreak && rows.at(-1) === 'blank') expected.blank -= 1;
  return expected;
}

describe(`${FILES} generated files`, () => {
  it('come out with exact counts, lines and addresses', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 40 }), fc.constantFrom(',', ';', '\t'), fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean(), (rows, delimiter, lineBreak, endsWithBreak, hasMark) => {
        const expected = build(rows, delimiter, lineBreak, endsWithBreak);
        const path = write(`${hasMark ? '\ufeff' : ''}${expected.text}`);
        const folder = temporaryFolder();
        const { summary } = checkFile({ path, fileName: 'people.csv', folder, columns: accountPrepColumns }, () => undefined);
        const checked = openCheckedCsv(folder);
        expect(summary.blank).toBe(summary.file_error === null ? expected.blank : 0);
        if (rows.every((kind) => kind === 'blank' || kind === 'commas')) {
          expect(summary.file_error?.code).toBe('no_rows');
          return;
        }
        expect(summary.file_error).toBeNull();
        expect(summary.delimiter).toBe(delimiter);
        expect([...checked.accepted.all()].map(emailOf)).toEqual(expected.accepted);
        expect([...checked.rejected.all()].map((reject) => reject.line)).toEqual(expected.rejected);
        expect([...checked.duplicates.all()].map((duplicate) => [duplicate.line, duplicate.kept_line, duplicate.conflicting])).toEqual(expected.duplicates);
        expect(summary.rows).toBe(summary.accepted + expected.rejected.length + expected.duplicates.length);
      }),
      { seed: SEED, numRuns: FILES },
    );
  });

  it('of arbitrary bytes never crash and never let an unsafe row on', () => {
    const pieces = fc.constantFrom(HEADER, '\n', '\r', '\r\n', ',', ';', '"', '""', '\u0000', '\u200b', '\ufeff', 'sep=,', 'Ann,ann@example.com,cus_A1,2023-01-01', 'Bob,bob@example.com,cus_B1,', '\u212a@example.com', '__proto__', '=1', '<html>', 'constructor');
    fc.assert(
      fc.property(fc.boolean(), fc.array(pieces, { maxLength: 20 }), fc.uint8Array({ maxLength: 8 }), fc.boolean(), (hasHeader, parts, noise, hasNoise) => {
        const text = Buffer.from(`${hasHeader ? `${HEADER}\n` : ''}${parts.join('')}`);
        const path = write(hasNoise ? Buffer.concat([text, noise]) : text);
        const folder = temporaryFolder();
        const { summary, accepted, rejected, duplicates } = checkFile({ path, fileName: 'people.csv', folder, columns: accountPrepColumns }, () => undefined);
        expect(summary.rows).toBe(accepted.count + rejected.count + duplicates.count);
        for (const line of openCheckedCsv(folder).accepted.all()) expect(emailOf(line)).toMatch(/^[!-@[-~]+$/);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { seed: SEED, numRuns: FILES },
    );
  });
});
