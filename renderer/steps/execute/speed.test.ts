import { expect, test } from 'vitest';
import { fakeExecution } from '../../testing/fake-execution.ts';
import { fakeWorld } from '../../testing/fake-world.ts';
import { speedOf } from './speed.ts';

const { run, ...shown } = fakeExecution(fakeWorld('executing'));
const going = { ...run, state: 'running' as const, rows_per_second: 2, seconds_left: 30 };

test('a running run tells its rate and the time left', () => {
  expect(speedOf({ ...shown, run: going, from_mirror: false })).toBe('2 rows/s · about 30 s left');
});

test('no time is promised of a run that waits for a person', () => {
  expect(speedOf({ ...shown, run: { ...going, state: 'paused' }, from_mirror: false })).toBe('');
});

test('no time is promised while the server cannot be asked', () => {
  expect(speedOf({ ...shown, run: going, from_mirror: true })).toBe('');
});
