import type { MessageBoxOptions } from 'electron';
import { expect, test } from 'vitest';
import type { LogEvent } from '../operator/log.ts';
import { createCrashCare } from './crash.ts';

function care(response: number, isRunGoing = false) {
  const done: string[] = [];
  const logged: LogEvent[] = [];
  const asked: MessageBoxOptions[] = [];
  let nowMs = 0;
  const crashes = createCrashCare({
    log: { write: (event) => logged.push(event) },
    clock: () => new Date(nowMs),
    ask: (options) => {
      asked.push(options);
      return Promise.resolve({ response, checkboxChecked: false });
    },
    isRunGoing: () => isRunGoing,
    endPage: () => done.push('ended'),
    reopen: async () => void done.push('opened'),
    quit: () => done.push('quit'),
  });
  return { crashes, done, logged, asked, wait: (ms: number) => (nowMs += ms) };
}

test('a page that ended is said calmly, logged by its reason alone, and opened again', async () => {
  const { crashes, done, logged, asked } = care(0, true);
  await crashes.ended({ reason: 'crashed' });
  expect(done).toEqual(['opened']);
  expect(logged).toEqual([{ level: 'error', event: 'window_ended', code: 'crashed' }]);
  expect(asked[0]?.detail).toBe('Nothing that was done is lost: it is in the journal and at the server. The run goes on.');
});

test('the third end within a minute quits instead of going round', async () => {
  const { crashes, done, asked } = care(0);
  for (const reason of ['crashed', 'oom', 'crashed'] as const) await crashes.ended({ reason });
  expect(done).toEqual(['opened', 'opened', 'quit']);
  expect(asked.at(-1)?.message).toBe('The window ends again and again');
});

test('ends that lie apart are each opened again', async () => {
  const { crashes, done, wait } = care(0);
  for (const reason of ['crashed', 'crashed', 'crashed'] as const) {
    await crashes.ended({ reason });
    wait(40_000);
  }
  expect(done).toEqual(['opened', 'opened', 'opened']);
});

test('a page that ended as it should is nothing to speak of', async () => {
  const { crashes, asked } = care(0);
  await crashes.ended({ reason: 'clean-exit' });
  expect(asked).toEqual([]);
});

test('a page that hangs is ended only when a person says so, and then opened without a second question', async () => {
  const waiting = care(0);
  await waiting.crashes.hangs();
  expect(waiting.done).toEqual([]);
  const ending = care(1);
  await ending.crashes.hangs();
  await ending.crashes.ended({ reason: 'killed' });
  expect([ending.done, ending.asked.length]).toEqual([['ended', 'opened'], 1]);
});
