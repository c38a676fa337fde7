import { expect, test } from 'vitest';
import { counted, formatBytes, formatCount, formatDuration, formatUtc, people } from './format.ts';

test('numbers are grouped and nouns agree with them', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect([people(1), people(5000)]).toEqual(['1 person', '5,000 people']);
  expect([counted(1, 'row'), counted(0, 'row')]).toEqual(['1 row', '0 rows']);
});

test.each([
  [0.4, '0 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [25_920, '7 h 12 min'],
  [200_000, '2 d 7 h'],
])('%d seconds are told as %s', (seconds, told) => {
  expect(formatDuration(seconds)).toBe(told);
});

test('sizes and moments are told in one way', () => {
  expect([formatBytes(512), formatBytes(4312), formatBytes(90_000_000)]).toEqual(['512 bytes', '4.3 kB', '90 MB']);
  expect(formatUtc('2026-11-20T10:02:11.123Z')).toBe('2026-11-20 10:02:11 UTC');
  expect(formatUtc('no time')).toBe('no time');
});
