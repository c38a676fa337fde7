import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { type RunItem, runItemSchema } from '../../shared/core/run-item.ts';
import { itemText } from './item-text.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const facts = fc.dictionary(fc.string({ maxLength: 8 }), fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 3 })), { maxKeys: 5 });
const common = {
  seq: fc.integer({ min: 1, max: 1_000_000 }),
  row: fc.integer({ min: 1, max: 1_000_000 }),
  email: text,
  user_id: fc.option(text),
  before: fc.option(facts),
  after: fc.option(facts),
  at: fc.constant('2025-08-09T10:00:00.000Z'),
};
const optional = { requiredKeys: ['seq', 'row', 'email', 'user_id', 'before', 'after', 'at', 'outcome'] as const };
const item = fc.oneof(
  fc.record({ ...common, reason: text, outcome: fc.constantFrom('applied', 'no_change', 'skipped', 'reverted', 'nothing_to_revert') }, { requiredKeys: [...optional.requiredKeys] }),
  fc.record({ ...common, reason: text, planned: facts, now: facts, outcome: fc.constantFrom('drifted', 'kept_changed_since') }, { requiredKeys: [...optional.requiredKeys, 'planned', 'now'] }),
  fc.record({ ...common, reason: text, code: text, message: text, field: fc.option(text), outcome: fc.constant('failed') }, { requiredKeys: [...optional.requiredKeys, 'code', 'message', 'field'] }),
);

/** The receipt's hash is of these bytes: one that differs would refuse every good report. */
it('writes an item byte for byte as its canonical form, whatever stands in it', () => {
  fc.assert(
    fc.property(item, (made) => {
      const parsed: RunItem = runItemSchema.parse(made);
      const written = itemText(parsed);
      expect(written.item).toBe(canonicalJson(parsed));
      expect([written.before, written.after]).toEqual([parsed.before, parsed.after].map((value) => (value === null ? undefined : canonicalJson(value))));
    }),
    { seed: 20260614, numRuns: 400 },
  );
});
