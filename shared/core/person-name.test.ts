import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkName, displayName, nameKey } from './person-name.ts';

const SEED = 20230405;

describe('the key of a name', () => {
  it.each([
    ['  Ann   LEE ', 'ann lee'],
    ['Ann\u00a0Lee', 'ann lee'],
    ['Ann\r\nLee', 'ann lee'],
    ['Zoe\u0308 M\u00dcller', 'zo\u00eb m\u00fcller'],
    ['\u0130lker', 'i\u0307lker'],
    ['STRASSE', 'strasse'],
    ['Stra\u00dfe', 'stra\u00dfe'],
  ])('of %j is %j', (name, key) => {
    expect(nameKey(name)).toBe(key);
  });

  it('is the same for a name, its kept form and its own key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
        expect(nameKey(nameKey(name))).toBe(nameKey(name));
        expect(nameKey(displayName(name))).toBe(nameKey(name));
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});

describe('checking a name', () => {
  it('keeps a usual name as it is, with nothing to warn of', () => {
    for (const name of ['Ann Lee', "Sin\u00e9ad O'Connor", 'Jean-Luc Picard', 'Nguy\u1ec5n V\u0103n A', '\u5c71\u7530 \u592a\u90ce', 'Nan None', '\u0410\u043d\u043d\u0430 \u0418\u0432\u0430\u043d\u043e\u0432\u0430']) {
      expect(checkName(name)).toEqual({ ok: true, name, warnings: [] });
    }
  });

  it.each([
    ['', 'name_missing'],
    [' \t ', 'name_missing'],
    ['NULL', 'name_missing'],
    ['#N/A', 'name_missing'],
    ['\u001b[2J\u001b]0;pwn\u0007', 'name_control_character'],
    ['Ann\u0085\u0001Lee', 'name_control_character'],
    ['Ann\ud800', 'name_control_character'],
    ['x'.repeat(201), 'name_too_long'],
    [`A${'\u0301'.repeat(500)}`, 'name_too_long'],
    [`A${'\u0301'.repeat(8)}`, 'name_stacked_marks'],
  ])('refuses %j as %s', (raw, code) => {
    expect(checkName(raw)).toEqual({ ok: false, code });
  });

  it.each([
    ['\u202egnp.exe', ['name_bidi_control']],
    ['An\u200bn', ['name_invisible_character']],
    ['\u0410nn Lee', ['name_mixed_scripts']],
    ['\u0421\u043e\u0440 Lee', ['name_mixed_scripts', 'name_look_alike']],
    ['\uff21nn Lee', ['name_look_alike']],
    ['M\ufffdller', ['name_damaged']],
    ['=1+1', ['name_formula']],
    ['<b>Ann</b>', ['name_markup']],
  ])('warns of %j', (raw, warnings) => {
    expect(checkName(raw)).toMatchObject({ ok: true, warnings });
  });
});
