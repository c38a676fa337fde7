import { expect, test } from 'vitest';
import { visibleParts } from './visible-text.ts';

test('plain text stays one piece', () => {
  expect(visibleParts('Zoë Ångström')).toEqual([{ kind: 'plain', text: 'Zoë Ångström' }]);
});

test('direction overrides, zero-width and control characters stand as codes', () => {
  expect(visibleParts('a\u202Eb\u200B\u0007')).toEqual([
    { kind: 'plain', text: 'a' },
    { kind: 'code', text: 'U+202E' },
    { kind: 'plain', text: 'b' },
    { kind: 'code', text: 'U+200B' },
    { kind: 'code', text: 'U+0007' },
  ]);
});

test('no piece that is shown as text can turn the line', () => {
  for (const code of [0x202a, 0x202b, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x200f, 0x061c]) {
    const parts = visibleParts(`x${String.fromCodePoint(code)}y`);
    expect(parts.filter((part) => part.kind === 'plain').map((part) => part.text).join('')).toBe('xy');
  }
});
