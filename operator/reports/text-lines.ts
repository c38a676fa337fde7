import { createReadStream } from 'node:fs';

const LONGEST_LINE = 16 * 1024 * 1024;

/**
 * The lines of a UTF-8 file, split at LF alone: other characters that some readers take for a line's end may stand in
 * data. Throws `RangeError` for a file that does not end in LF, is no UTF-8, or has a line of more than 16 Mi characters.
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    rest += decode(() => decoder.decode(chunk, { stream: true }));
    let from = 0;
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n', from)) {
      yield rest.slice(from, end);
      from = end + 1;
    }
    rest = rest.slice(from);
    if (rest.length > LONGEST_LINE) throw new RangeError('A line is too long.');
  }
  rest += decode(() => decoder.decode());
  if (rest !== '') throw new RangeError('The last line has no end.');
}

function decode(work: () => string): string {
  try {
    return work();
  } catch {
    throw new RangeError('The file is no UTF-8.');
  }
}
