import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { askAtTerminal } from './ask-at-terminal.ts';
import { Interrupted } from './interrupted.ts';

/** A line editor's two sides: as at a terminal, it hears keys itself and the process hears no signal. */
function terminal() {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  return { input, output: output.resume() };
}

it('gives the answer that was typed, without what surrounds it', async () => {
  const at = terminal();
  const asked = askAtTerminal(at, 'Put 3 people back? [y/N] ');
  at.input.write(' yes \r');
  expect(await asked).toBe('yes');
});

it.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('is interrupted by %s, which the process itself never hears', async (_key, typed) => {
  const at = terminal();
  const asked = askAtTerminal(at, 'Put 3 people back? [y/N] ');
  at.input.write(typed);
  await expect(asked).rejects.toThrow(Interrupted);
});
