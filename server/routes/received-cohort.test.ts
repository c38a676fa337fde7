import { hash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { canonicalRecordLine, type CohortRecord } from '../../shared/core/cohort.ts';
import { Refusal } from '../guards/refusal.ts';
import { receiveCohort } from './received-cohort.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-received-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const records: readonly CohortRecord[] = ['Zoë Ångström', '李 小龍', 'Plain Name'].map((name, index) => ({ email: `p${String(index)}@example.org`, full_name: name, stripe_customer_id: `cus_R${String(index)}` }));
const text = records.map((record) => `${canonicalRecordLine(record)}\n`).join('');

async function refusalOf(parts: readonly Uint8Array[], sha256: string): Promise<Refusal['particulars']> {
  const error: unknown = await receiveCohort(Readable.from(parts), sha256).catch((thrown: unknown) => thrown);
  if (!(error instanceof Refusal)) throw new Error('It was not refused.');
  return error.particulars;
}

it('has no name in the temporary folder while it comes in, so a server that is killed leaves nobody there', async () => {
  const seen: string[][] = [];
  async function* parts(): AsyncGenerator<Buffer> {
    for (const part of [text.slice(0, 40), text.slice(40)]) {
      yield Buffer.from(part);
      seen.push(await readdir(folder));
    }
  }
  const received = await receiveCohort(Readable.from(parts()), hash('sha256', text));
  expect(seen).toEqual([[], []]);
  expect(await Readable.from(received.records()).toArray()).toEqual(records);
  expect(await Readable.from(received.records()).toArray(), 'the same when it is asked for again').toEqual(records);
  await received.close();
});

it('is the same wherever its bytes are cut, within a character too', async () => {
  const bytes = Buffer.from(text);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const received = await receiveCohort(Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)]), hash('sha256', text));
    expect(received.recordCount).toBe(records.length);
    await received.close();
  }
});

it('is refused with the first wrong line named, once its bytes are those that were meant', async () => {
  const wrong = `${text}{}\n[]\n`;
  expect(await refusalOf([Buffer.from(wrong)], hash('sha256', wrong))).toEqual({ errors: [{ path: 'line 4', message: 'is not a record in canonical form' }] });
});

it('stops at a line that has no end, instead of collecting it', async () => {
  let taken = 0;
  function* endless(): Generator<Buffer> {
    for (;;) {
      taken += 1;
      yield Buffer.alloc(4096, 'x');
    }
  }
  const error: unknown = await receiveCohort(Readable.from(endless()), hash('sha256', '')).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Refusal);
  expect(taken).toBeLessThan(100);
});
