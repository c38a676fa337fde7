import type { Terminal } from './terminal.ts';

/** One line on stderr that is drawn over and over; nothing at all where stderr is no terminal. */
export interface ProgressLine {
  readonly show: (text: string) => void;
  readonly clear: () => void;
}

/** A line that remembers what it drew, so that it can be cleared before anything else is printed. */
export function progressLine(terminal: Pick<Terminal, 'drawsProgress' | 'err'>): ProgressLine {
  let drawn = '';
  function draw(text: string): void {
    if (!terminal.drawsProgress || text === drawn) return;
    terminal.err(`\r\u001b[2K${text}`);
    drawn = text;
  }
  return { show: draw, clear: () => draw('') };
}
