import { text } from 'node:stream/consumers';

/** Where a command reads and writes. Results go to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether progress may be drawn on `err`. */
  readonly drawsProgress: boolean;
  /** All that is piped in; undefined where a person sits at a keyboard and would have to guess that we wait. */
  readonly readInput: () => Promise<string | undefined>;
  /** Ends with the first Ctrl-C; a second one ends the process at once. */
  readonly interrupted: AbortSignal;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const interruption = new AbortController();
  process.on('SIGINT', () => {
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort(new Error('interrupted'));
  });
  return {
    out: (line) => void process.stdout.write(line),
    err: (line) => void process.stderr.write(line),
    drawsProgress: process.stderr.isTTY,
    readInput: async () => (process.stdin.isTTY ? undefined : text(process.stdin)),
    interrupted: interruption.signal,
  };
}
