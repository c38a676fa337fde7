import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { Interrupted } from './interrupted.ts';

/** Where a command reads and writes. Results go to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether progress may be drawn on `err`. */
  readonly drawsProgress: boolean;
  /** All that is piped in; undefined where a person sits at a keyboard and would have to guess that we wait. */
  readonly readInput: () => Promise<string | undefined>;
  /** Asks the person at the keyboard; absent where there is none, and nothing may be asked. Ctrl-C and Ctrl-D throw `Interrupted`. */
  readonly ask?: (question: string) => Promise<string>;
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
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask: async (question: string) => askAt({ input: process.stdin, output: process.stderr }, question, interruption.signal) } : {}),
    interrupted: interruption.signal,
  };
}

/**
 * One question and its answer.
 * @throws Interrupted on Ctrl-C and Ctrl-D, which a line editor hears before the process does, and when the terminal is gone
 */
export async function askAt(streams: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream }, question: string, signal: AbortSignal): Promise<string> {
  const asked = createInterface(streams);
  const gone = new Promise<never>((_, reject) => asked.once('close', () => reject(new Interrupted())));
  try {
    return await Promise.race([asked.question(question, { signal }), gone]);
  } catch (thrown) {
    throw thrown instanceof Error && thrown.name === 'AbortError' ? new Interrupted() : thrown;
  } finally {
    asked.close();
  }
}
