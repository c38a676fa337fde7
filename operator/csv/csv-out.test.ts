import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { csvCell, csvLine } from './csv-out.ts';

describe('CSV for spreadsheets', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['@SUM(1+1)', "'@SUM(1+1)"],
    ['-2+3', "'-2+3"],
    ['+1 555 0100', "'+1 555 0100"],
    ['\t=1', "'\t=1"],
    ['\u0001=1', "\\x01=1"],
    ['\uff1d1', "'\uff1d1"],
    ['=HYPERLINK("http://evil.test/","ok")', '"\'=HYPERLINK(""http://evil.test/"",""ok"")"'],
    ['-5', '-5'],
    ['+1.5e3', '+1.5e3'],
    ['Ann, Lee', '"Ann, Lee"'],
    ['Ann', 'Ann'],
  ])('writes %j as %j', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });

  it('leaves numbers, truth values and absent ones as they are', () => {
    expect(csvLine([-3, 0.5, true, null, undefined])).toBe('-3,0.5,true,,\r\n');
  });

  it('never begins a cell of text as a formula, and reads back as one record', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('=', '-', '+', '@', '"', ',', '\n', '\r', ' ', 'a', '1', '\t') }), { minLength: 2, maxLength: 5 }), (cells) => {
        const { data } = Papa.parse<string[]>(csvLine(cells), { delimiter: ',', newline: '\r\n' });
        const [read] = data;
        expect(read).toHaveLength(cells.length);
        for (const cell of read ?? []) expect(/^\s*[=@]/.test(cell) || (/^\s*[+-]/.test(cell) && !Number.isFinite(Number(cell)))).toBe(false);
      }),
      { seed: 20230405, numRuns: 1000 },
    );
  });
});
