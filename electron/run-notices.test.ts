import { describe, expect, test } from 'vitest';
import { type RunStanding, type RunsSeen, noticesBetween, progressOf } from './run-notices.ts';

const run = (state: RunStanding['state'], more: Partial<RunStanding> = {}): RunStanding => ({ run_id: 'run_1', kind: 'execution', state, message: null, rows_done: 20, rows_total: 57, ...more });
const seen = (runs: readonly RunStanding[], isRefused = false): RunsSeen => ({ runs, isRefused, isPractice: false });
const titles = (before: RunsSeen | undefined, now: RunsSeen): readonly string[] => noticesBetween(before, now).map(({ title }) => title);

describe('a person who is not looking is told', () => {
  test.each([
    ['completed', 'Execution completed'],
    ['completed_with_failures', 'Execution completed, some rows failed'],
    ['failed', 'Execution failed'],
    ['stopped', 'Execution stopped'],
    ['halted', 'Execution halted and needs you'],
  ] as const)('that a run is %s', (state, title) => {
    expect(titles(seen([run('running')]), seen([run(state)]))).toEqual([title]);
  });

  test('that the flag paused a run', () => {
    expect(titles(seen([run('running')]), seen([run('paused', { message: 'The feature flag was off before the next batch.' })]))).toEqual(['Execution paused and needs you']);
  });

  test('once that the token has run out while a run goes', () => {
    const going = [run('running')];
    expect(titles(seen(going), seen(going, true))).toEqual(['Drydock needs a new token']);
    expect(titles(seen(going, true), seen(going, true))).toEqual([]);
  });
});

describe('nobody is told', () => {
  test('of runs that had ended before the app was opened', () => {
    expect(titles(undefined, seen([run('completed')]))).toEqual([]);
    expect(titles(seen([]), seen([run('completed')]))).toEqual([]);
    expect(titles(seen([run('completed')]), seen([run('completed')]))).toEqual([]);
  });

  test('of a pause that a person asked for', () => {
    expect(titles(seen([run('pausing')]), seen([run('paused', { message: 'Paused by kim.' })]))).toEqual([]);
  });

  test('what the server wrote, or who is in the run', () => {
    const [notice] = noticesBetween(seen([run('running')]), seen([run('failed', { message: 'bea.lind1@example.com broke it' })]));
    expect(JSON.stringify(notice)).not.toContain('bea.lind1');
  });
});

test.each([
  ['running', { share: 20 / 57, mode: 'normal' }],
  ['queued', { share: 20 / 57, mode: 'normal' }],
  ['paused', { share: 20 / 57, mode: 'paused' }],
  ['halted', { share: 20 / 57, mode: 'error' }],
  ['completed', undefined],
] as const)('the taskbar shows of a %s run %j', (state, progress) => {
  expect(progressOf(seen([run(state)]))).toEqual(progress);
});
