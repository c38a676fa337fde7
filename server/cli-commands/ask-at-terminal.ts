import { createInterface } from 'node:readline/promises';
import { Interrupted } from './interrupted.ts';

/**
 * One question and its answer.
 * @throws Interrupted on Ctrl-C and Ctrl-D, which a line editor hears before the process does, and when the terminal is gone
 */
export async function askAtTerminal(streams: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream }, question: string): Promise<string> {
  const terminal = createInterface(streams);
  const gone = new Promise<never>((_, reject) => terminal.once('close', () => reject(new Interrupted('Nothing was begun.'))));
  try {
    return (await Promise.race([terminal.question(question), gone])).trim();
  } catch (thrown) {
    throw thrown instanceof Error && thrown.name === 'AbortError' ? new Interrupted('Nothing was begun.') : thrown;
  } finally {
    terminal.close();
  }
}
