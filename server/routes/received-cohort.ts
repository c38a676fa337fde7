import { createHash } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { canonicalRecordLine, cohortRecordSchema, type CohortRecord } from '../../shared/core/cohort.ts';
import { Refusal } from '../guards/refusal.ts';

/** A million records of the longest kind stay below this. */
const BYTES_MAX = 1024 ** 3;
/** An address, a name and two ids, each at its longest and escaped, stay below this. */
const LINE_LENGTH_MAX = 8192;

/** A cohort that has been read to its end and is what its hash says, lying in a file until it is kept. */
export type ReceivedCohort = {
  readonly recordCount: number;
  /** Its records in file order; can be asked for again. */
  readonly records: () => AsyncIterable<CohortRecord>;
  /** Lets the file go. */
  readonly close: () => Promise<void>;
};

/**
 * Writes a streamed cohort to a file and judges it line by line as it comes, before the database hears of it: a slow or
 * wrong sender holds no transaction, and memory stays small whatever is sent. That nobody is named twice is not judged
 * here; the database finds that without holding every address.
 * @throws Refusal `payload_too_large`, `cohort_hash_mismatch`, or `invalid_request` naming the first wrong line
 */
export async function receiveCohort(body: Readable, sha256: string): Promise<ReceivedCohort> {
  const file = await openNamelessFile();
  try {
    const recordCount = await takeIn(body, file, sha256);
    return { recordCount, records: () => recordsOf(file), close: async () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A file without a name goes with its handle: a server that is killed leaves no customers' names in the temporary folder. */
async function openNamelessFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-cohort-'));
  try {
    return await open(join(folder, 'cohort.ndjson'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function takeIn(body: Readable, file: FileHandle, sha256: string): Promise<number> {
  const hash = createHash('sha256');
  const lines = startJudging();
  let bytes = 0;
  for await (const chunk of body) {
    const data: unknown = chunk;
    if (!(data instanceof Uint8Array)) throw new Error('A body came as something else than bytes.');
    bytes += data.length;
    if (bytes > BYTES_MAX) throw new Refusal('payload_too_large', { because: 'A cohort may have 1 GiB.' });
    hash.update(data);
    lines.add(data);
    await file.write(data);
  }
  // The bytes first: where they are not those that were meant, no line of them is worth a word.
  if (hash.digest('hex') !== sha256) throw new Refusal('cohort_hash_mismatch');
  return lines.end();
}

type Judging = { readonly add: (bytes: Uint8Array) => void; /** How many records there were. */ readonly end: () => number };

/** Every line must be the canonical form of its record and end in LF alone; what is not is told when all have been seen. */
function startJudging(): Judging {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';
  let count = 0;
  let firstWrong: number | undefined;
  let endsOtherwise = false;
  const judge = (line: string): void => {
    count += 1;
    if (firstWrong !== undefined) return;
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (text !== line) endsOtherwise = true;
    const record = recordOf(text);
    if (record === undefined || canonicalRecordLine(record) !== text) firstWrong = count;
  };
  return {
    add(bytes) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) judge(line);
      // A line without an end would otherwise be collected for ever.
      if (rest.length > LINE_LENGTH_MAX) throw wrongLine(count + 1);
    },
    end() {
      rest += decoder.decode();
      if (rest !== '') {
        judge(rest);
        endsOtherwise = true;
      }
      if (firstWrong !== undefined) throw wrongLine(firstWrong);
      if (count === 0) throw new Refusal('invalid_request', { errors: [{ path: 'body', message: 'has no record' }] });
      if (endsOtherwise) throw new Refusal('cohort_hash_mismatch');
      return count;
    },
  };
}

function wrongLine(line: number): Refusal {
  return new Refusal('invalid_request', { errors: [{ path: `line ${line}`, message: 'is not a record in canonical form' }] });
}

async function* recordsOf(file: FileHandle): AsyncGenerator<CohortRecord> {
  const stream = file.createReadStream({ start: 0, autoClose: false, encoding: 'utf8' });
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    const record = recordOf(line);
    if (record === undefined) throw new Error('A cohort changed in its file.');
    yield record;
  }
}

function recordOf(line: string): CohortRecord | undefined {
  if (line.length > LINE_LENGTH_MAX) return undefined;
  try {
    const parsed = cohortRecordSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
