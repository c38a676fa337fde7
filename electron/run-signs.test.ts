import { expect, test } from 'vitest';
import type { RunsSeen } from './run-notices.ts';
import { createRunSigns } from './run-signs.ts';

function desktop(isFocused = false) {
  const shown: string[] = [];
  const clicks: (() => void)[] = [];
  let focused = isFocused;
  const signs = createRunSigns({
    window: () => ({ isFocused: () => focused, setProgressBar: (share, options) => void shown.push(`progress ${share} ${options?.mode ?? ''}`.trim()) }),
    notify(options, onClick) {
      shown.push(`told ${options.title ?? ''}`);
      clicks.push(onClick);
    },
    showRun: (runId) => shown.push(`run ${runId}`),
    power: {
      start: (kind) => {
        shown.push(`awake ${kind}`);
        return 7;
      },
      stop: (id) => {
        shown.push(`may sleep ${id}`);
        return true;
      },
    },
  });
  return { signs, shown, clicks, setFocused: (isNow: boolean) => (focused = isNow) };
}

const seen = (state: 'running' | 'completed', done: number): RunsSeen => ({ runs: [{ run_id: 'run_1', kind: 'execution', state, message: null, rows_done: done, rows_total: 10 }], isRefused: false, isPractice: false });

test('while a run goes the machine stays awake and the taskbar shows how far it is, and no longer', () => {
  const { signs, shown } = desktop(true);
  signs.show(undefined, seen('running', 2));
  signs.show(seen('running', 2), seen('running', 5));
  signs.show(seen('running', 5), seen('completed', 10));
  expect(shown).toEqual(['awake prevent-app-suspension', 'progress 0.2 normal', 'progress 0.5 normal', 'may sleep 7', 'progress -1']);
});

test('an end is told to who is not looking, and a click leads to that run', () => {
  const { signs, shown, clicks } = desktop(false);
  signs.show(undefined, seen('running', 2));
  signs.show(seen('running', 2), seen('completed', 10));
  clicks[0]?.();
  expect(shown.slice(-2)).toEqual(['told Execution completed', 'run run_1']);
});

test('nothing is told to who looks at the window', () => {
  const { signs, shown } = desktop(true);
  signs.show(undefined, seen('running', 2));
  signs.show(seen('running', 2), seen('completed', 10));
  expect(shown.filter((line) => line.startsWith('told'))).toEqual([]);
});

test('the machine may sleep when the window closes, though the run goes on', () => {
  const { signs, shown } = desktop();
  signs.show(undefined, seen('running', 2));
  signs.close();
  signs.close();
  expect(shown.filter((line) => line.startsWith('may sleep'))).toEqual(['may sleep 7']);
});
