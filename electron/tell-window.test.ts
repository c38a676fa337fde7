import { expect, test } from 'vitest';
import type { WindowEvent } from '../shared/contract/window/events.ts';
import { createWindowTeller } from './tell-window.ts';

const missing = (name: string): WindowEvent => ({ kind: 'file-missing', file_name: name });

test('what is told before the page listens waits for it, in order, and after its end for the next one', () => {
  const told: WindowEvent[] = [];
  const teller = createWindowTeller((event) => told.push(event));
  teller.tell(missing('a'));
  teller.tell(missing('b'));
  expect(told).toEqual([]);
  teller.listens();
  teller.tell(missing('c'));
  expect(told).toEqual(['a', 'b', 'c'].map(missing));
  teller.isGone();
  teller.tell(missing('d'));
  expect(told).toHaveLength(3);
  teller.listens();
  expect(told.at(-1)).toEqual(missing('d'));
});
