import { inflateSync } from 'node:zlib';

/**
 * What can be read in a PDF as Chromium prints it, without a program for it: every stream of text as it is unpacked (pictures and
 * the shapes of letters are none), and the text of its pages, once for each of its fonts, since a page tells glyphs and only a font says which characters those are.
 */
export function pdfTexts(pdf: Buffer): readonly string[] {
  const streams = streamsOf(pdf).filter((text) => !text.includes('\0'));
  const fonts = streams.filter((text) => text.includes('begincmap')).map(charactersOf);
  const glyphs = streams.filter((text) => /\bT[jJ]\b/.test(text)).flatMap((text) => [...text.matchAll(/<([0-9A-Fa-f]+)>/g)].map(([, hex = '']) => hex));
  return [...streams, ...fonts.map((characters) => glyphs.map((hex) => (hex.match(/.{4}/g) ?? []).map((glyph) => characters.get(Number.parseInt(glyph, 16)) ?? '').join('')).join(''))];
}

function streamsOf(pdf: Buffer): readonly string[] {
  const found: string[] = [];
  for (let at = pdf.indexOf('stream'); at !== -1; at = pdf.indexOf('stream', at + 6)) {
    if (pdf.toString('latin1', at - 3, at) === 'end') continue;
    const from = at + (pdf[at + 6] === 0x0d ? 8 : 7);
    const bytes = pdf.subarray(from, pdf.indexOf('endstream', from));
    try {
      found.push(inflateSync(bytes).toString('latin1'));
    } catch {
      found.push(bytes.toString('latin1'));
    }
  }
  return found;
}

/** A font's own table, from its glyphs to characters: single ones and ranges. */
function charactersOf(map: string): ReadonlyMap<number, string> {
  const characters = new Map<number, string>();
  const number = (hex: string): number => Number.parseInt(hex, 16);
  for (const [, body = ''] of map.matchAll(/beginbfchar\s([\s\S]*?)endbfchar/g)) {
    for (const [, glyph = '', text = ''] of body.matchAll(/<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>/g)) characters.set(number(glyph), Buffer.from(text, 'hex').swap16().toString('utf16le'));
  }
  for (const [, body = ''] of map.matchAll(/beginbfrange\s([\s\S]*?)endbfrange/g)) {
    for (const [, from = '', to = '', first = ''] of body.matchAll(/<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>/g)) {
      for (let glyph = number(from); glyph <= number(to); glyph += 1) characters.set(glyph, String.fromCharCode(number(first) + glyph - number(from)));
    }
  }
  return characters;
}
