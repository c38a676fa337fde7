import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageBoxOptions } from 'electron';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createClosing } from './closing.ts';
import { openKeptChoices } from './kept-choices.ts';
import type { RunsSeen } from './run-notices.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'drydock-closing-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function closingWith(state: 'running' | 'paused', answer: { readonly response: number; readonly checkboxChecked: boolean }, isPractice = false) {
  const asked: MessageBoxOptions[] = [];
  const close = vi.fn<() => void>();
  const seen: RunsSeen = { runs: [{ run_id: 'run_1', kind: 'execution', state, message: null, rows_done: 1, rows_total: 2 }], isRefused: false, isPractice };
  const ask = (options: MessageBoxOptions) => {
    asked.push(options);
    return Promise.resolve(answer);
  };
  return { asked, close, closing: createClosing({ seen: () => seen, choices: openKeptChoices(home), ask, close }) };
}

test('closing during a run says that the run goes on, and closes when a person says so', async () => {
  const { closing, asked, close } = closingWith('running', { response: 0, checkboxChecked: false });
  expect(closing.mayClose()).toBe(false);
  await vi.waitFor(() => expect(close).toHaveBeenCalledOnce());
  expect(asked.map(({ message }) => message)).toEqual(['The run goes on at the server']);
  expect(closing.mayClose()).toBe(true);
});

test('who keeps it open is asked again next time', async () => {
  const { closing, asked, close } = closingWith('running', { response: 1, checkboxChecked: false });
  expect(closing.mayClose()).toBe(false);
  await vi.waitFor(() => {
    closing.mayClose();
    expect(asked).toHaveLength(2);
  });
  expect(close).not.toHaveBeenCalled();
});

test('who does not want to hear it again does not, also after a restart', async () => {
  const first = closingWith('running', { response: 0, checkboxChecked: true });
  expect(first.closing.mayClose()).toBe(false);
  await vi.waitFor(() => expect(first.close).toHaveBeenCalledOnce());
  expect(closingWith('running', { response: 1, checkboxChecked: false }).closing.mayClose()).toBe(true);
});

test('in practice the truth is another one: the run waits for its server', async () => {
  const { closing, asked } = closingWith('running', { response: 1, checkboxChecked: false }, true);
  expect(closing.mayClose()).toBe(false);
  expect(asked[0]?.message).toBe('The practice run waits until Drydock is open again');
});

test('nothing is said when no run goes', () => {
  const { closing, asked } = closingWith('paused', { response: 1, checkboxChecked: false });
  expect(closing.mayClose()).toBe(true);
  expect(asked).toEqual([]);
});
