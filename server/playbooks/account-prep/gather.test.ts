import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gather, type World } from '../../../tests/support/account-prep-world.ts';
import { openTestStore, type TestStore } from '../../../tests/support/test-store.ts';
import { WORLD_MIGRATION, makeWorlds, recordsArbitrary, worldArbitrary } from '../../../tests/support/world-in-database.ts';
import { gatherFacts } from './gather.ts';

const SEED = 20_250_809;

let test: TestStore;
let settle: (world: World) => Promise<void>;
beforeAll(async () => {
  test = await openTestStore();
  settle = await makeWorlds(test);
});
afterAll(async () => test.store.close());

/** Addresses come in no order that is promised. */
function inOrder(facts: ReturnType<typeof gather>): unknown {
  return JSON.parse(JSON.stringify(facts, (name, value: unknown) => (name === 'emails' && Array.isArray(value) ? value.map(String).sort((one, other) => (one < other ? -1 : 1)) : name === 'isCreatedHere' ? undefined : value)));
}

it(`finds in two statements what looking at every user one by one finds (seed ${String(SEED)})`, async () => {
  await fc.assert(
    fc.asyncProperty(worldArbitrary, recordsArbitrary, async (world, records) => {
      await settle(world);
      const found = await test.store.inPlannerTx(async (tx) => gatherFacts(tx, WORLD_MIGRATION, records.map((record, index) => ({ row: index + 1, record }))));
      for (const [index, record] of records.entries()) {
        const plain = gather(world, record);
        // A name is not looked up where the address has said who it is.
        const expected = plain.byEmail === null ? plain : { ...plain, byName: { kind: 'none' as const } };
        const facts = found.get(index + 1);
        expect(facts === undefined ? undefined : inOrder(facts)).toEqual(inOrder(expected));
      }
    }),
    { seed: SEED, numRuns: 40 },
  );
});
