import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Interrupted } from './interrupted.ts';
import { askAt } from './terminal.ts';

/** A line editor's two sides: as at a terminal, it hears keys itself and the process hears no signal. */
function terminal() {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  return { input, output: output.resume() };
}

it('gives the answer that was typed', async () => {
  const at = terminal();
  const asked = askAt(at, 'Put 3 people back? [y/N] ', new AbortController().signal);
  at.input.write('yes\r');
  expect(await asked).toBe('yes');
});

it.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('is interrupted by %s, which the process itself never hears', async (_key, typed) => {
  const at = terminal();
  const asked = askAt(at, 'Put 3 people back? [y/N] ', new AbortController().signal);
  at.input.write(typed);
  await expect(asked).rejects.toThrow(Interrupted);
});

it('is interrupted where the terminal goes away, and by the signal', async () => {
  const closed = terminal();
  const asked = askAt(closed, 'Well? ', new AbortController().signal);
  closed.input.end();
  await expect(asked).rejects.toThrow(Interrupted);
  await expect(askAt(terminal(), 'Well? ', AbortSignal.abort(new Error('interrupted')))).rejects.toThrow(Interrupted);
});
