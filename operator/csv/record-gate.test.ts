import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileRefusal } from './file-refusal.ts';
import { lineBreaksInside, parseRecords } from './parse-records.ts';
import { startRecordGate } from './record-gate.ts';

type Read = { readonly records: readonly { line: number; cells: readonly string[] }[] } | { readonly code: string; readonly line: number | null };

/** Reads a text in pieces of the given sizes, over and over. */
function read(text: string, pieces: readonly number[] = [text.length], lineBreak: 'lf' | 'cr' = 'lf'): Read {
  const gate = startRecordGate(',', lineBreak, 1);
  const records: { line: number; cells: readonly string[] }[] = [];
  try {
    for (let at = 0, turn = 0; at < text.length; turn += 1) {
      const size = Math.max(1, pieces[turn % pieces.length] ?? 1);
      take(gate.push(text.slice(at, at + size)));
      at += size;
    }
    take(gate.end());
    return { records };
  } catch (thrown) {
    if (thrown instanceof FileRefusal) return { code: thrown.fileError.code, line: thrown.fileError.line };
    throw thrown;
  }

  function take(block: ReturnType<typeof gate.push>): void {
    if (block === undefined) return;
    let { line } = block;
    for (const cells of parseRecords(block, ',')) {
      records.push({ line, cells });
      line += 1 + lineBreaksInside(cells);
    }
  }
}

/** A plain reading of RFC 4180, letter by letter, to compare with. */
function oracle(text: string): Read {
  const records: { line: number; cells: readonly string[] }[] = [];
  let cells: string[] = [];
  let cell = '';
  let line = 1;
  let recordLine = 1;
  let state: 'start' | 'bare' | 'quoted' | 'closed' = 'start';
  let openedOn = 1;
  for (let at = 0; at < text.length; at += 1) {
    let sign = text[at] ?? '';
    if (sign === '\r' && text[at + 1] === '\n') {
      sign = '\n';
      at += 1;
    }
    if (sign === '\r' && state !== 'quoted' && at === text.length - 1) sign = '\n';
    if (state === 'quoted') {
      if (sign === '"') state = 'closed';
      else cell += sign;
      if (sign === '\n') line += 1;
      continue;
    }
    if (state === 'closed' && sign === '"') {
      cell += '"';
      state = 'quoted';
    } else if (sign === ',' || sign === '\n') {
      cells.push(cell);
      cell = '';
      state = 'start';
      if (sign === '\n') {
        records.push({ line: recordLine, cells });
        cells = [];
        line += 1;
        recordLine = line;
      }
    } else if (state === 'closed') return { code: 'text_after_quote', line };
    else if (sign === '\r') return { code: 'stray_line_break', line };
    else if (sign === '"' && state === 'start') {
      state = 'quoted';
      openedOn = line;
    } else if (sign === '"') return { code: 'bare_quote', line };
    else {
      cell += sign;
      state = 'bare';
    }
  }
  if (state === 'quoted') return { code: 'unclosed_quote', line: openedOn };
  if (state !== 'start' || cells.length > 0) records.push({ line: recordLine, cells: [...cells, cell] });
  return { records };
}

describe('the gate before the parser', () => {
  it.each([
    ['a,"b', 'unclosed_quote', 1],
    ['a\n"b"c,d', 'text_after_quote', 2],
    ['a\n"b" ,d', 'text_after_quote', 2],
    ['a\nb "c" d', 'bare_quote', 2],
    ['a\n "b"', 'bare_quote', 2],
    ['a\n"x\ny","z', 'unclosed_quote', 3],
    ['a\nb\rc\nd', 'stray_line_break', 2],
  ])('refuses %j as %s on line %s', (text, code, line) => {
    expect(read(text)).toEqual({ code, line });
  });

  it('gives each record the physical line it begins on', () => {
    expect(read('a,b\r\n"x\r\ny",1\n\n"",2')).toEqual({
      records: [
        { line: 1, cells: ['a', 'b'] },
        { line: 2, cells: ['x\ny', '1'] },
        { line: 4, cells: [''] },
        { line: 5, cells: ['', '2'] },
      ],
    });
  });

  it('reads the line breaks of old Mac programs, and refuses to mix them', () => {
    expect(read('a,b\r1,2\r', [1], 'cr')).toEqual({ records: [{ line: 1, cells: ['a', 'b'] }, { line: 2, cells: ['1', '2'] }] });
    expect(read('a,b\r1,2\n3,4', [100], 'cr')).toMatchObject({ code: 'stray_line_break' });
  });

  it('agrees with a plain reading of RFC 4180, however the text is cut into pieces', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '"', '""', '"a"', ',', '\n', '\r\n', ' ', ',"', '",', '"\n', '\u00e9'), maxLength: 30 });
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }), (text, pieces) => {
        expect(read(text, pieces)).toEqual(oracle(text));
      }),
      { seed: 20230405, numRuns: 10_000 },
    );
  });

  it('refuses a record that has no end before it fills the memory', () => {
    const gate = startRecordGate(',', 'lf', 1);
    gate.push('a\n"');
    const piece = 'x'.repeat(1_000_000);
    expect(() => {
      for (let count = 0; count < 40; count += 1) gate.push(piece);
    }).toThrow(FileRefusal);
  });
});
