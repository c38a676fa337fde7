import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { putCohort } from '../../shared/contract/admin/cohorts.ts';
import { canonicalRecordLine, cohortRecordSchema, type CohortRecord } from '../../shared/core/cohort.ts';
import { findCohort, keepCohort, startSha256 } from '../engine/cohort-store.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import { Refusal } from '../guards/refusal.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { requireMigration } from './require-migration.ts';

/** A million records of the longest kind stay below this. */
const BYTES_MAX = 1024 ** 3;
/** An address, a name and two ids, each at its longest and escaped, stay below this. */
const LINE_LENGTH_MAX = 8192;

/** A cohort that has been read to its end and is what its hash says, lying in a file until it is kept. */
type Received = { readonly folder: string; readonly path: string; readonly recordCount: number };

/**
 * `PUT .../cohorts/{sha256}`: a cohort in its canonical form, streamed. It is written to a file and judged there line by
 * line before the database hears of it, so a slow or wrong sender holds no transaction, and memory stays small.
 */
export function registerCohorts(routes: RouteRegistrar, _deps: AdminRouteDeps): void {
  routes.upload(
    putCohort,
    async (call, body) => receive(body, call.params.sha256),
    async (call, received) => {
      const migration = requireMigration(call);
      const { sha256 } = call.params;
      const by = { migrationId: migration.id, sub: call.caller.sub };
      const isNew = await keepCohort(call.tx, { sha256, recordCount: received.recordCount, records: recordsIn(received.path) }, by);
      const records = (await findCohort(call.tx, sha256))?.recordCount ?? received.recordCount;
      return { status: isNew ? 201 : 200, body: { cohort: sha256, records } };
    },
    async (received) => rm(received.folder, { recursive: true, force: true }),
  );
}

async function receive(body: Readable, sha256: string): Promise<Received> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-cohort-'));
  try {
    const path = join(folder, 'cohort.ndjson');
    // Both must agree: the bytes as they came, and the canonical form of what is in them.
    if ((await spool(body, path)) !== sha256) throw new Refusal('cohort_hash_mismatch');
    const recordCount = await judge(path, sha256);
    return { folder, path, recordCount };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Writes the body to a file; resolves to the SHA-256 of its bytes. */
async function spool(body: Readable, path: string): Promise<string> {
  const file = await open(path, 'w', 0o600);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of body) {
      const data: unknown = chunk;
      if (!(data instanceof Uint8Array)) throw new Error('A body came as something else than bytes.');
      bytes += data.length;
      if (bytes > BYTES_MAX) throw new Refusal('payload_too_large', { because: 'A cohort may have 1 GiB.' });
      hash.update(data);
      await file.write(data);
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

/** Every line must be the canonical form of its record, each person once, and the whole what the hash says. */
async function judge(path: string, sha256: string): Promise<number> {
  const hash = startSha256();
  const seen = new Set<string>();
  let count = 0;
  for await (const { record, line } of linesIn(path)) {
    count += 1;
    if (record === undefined || canonicalRecordLine(record) !== line) throw wrongLine(count, 'is not a record in canonical form');
    if (seen.has(record.email)) throw wrongLine(count, 'names somebody who was named before');
    seen.add(record.email);
    hash.update(`${line}\n`);
  }
  if (count === 0) throw new Refusal('invalid_request', { errors: [{ path: 'body', message: 'has no record' }] });
  if (hash.digestHex() !== sha256) throw new Refusal('cohort_hash_mismatch');
  return count;
}

function wrongLine(line: number, message: string): Refusal {
  return new Refusal('invalid_request', { errors: [{ path: `line ${line}`, message }] });
}

async function* linesIn(path: string): AsyncGenerator<{ readonly line: string; readonly record: CohortRecord | undefined }> {
  const stream = createReadStream(path, { encoding: 'utf8' });
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    yield { line, record: line.length > LINE_LENGTH_MAX ? undefined : recordOf(line) };
  }
}

async function* recordsIn(path: string): AsyncGenerator<CohortRecord> {
  for await (const { record } of linesIn(path)) if (record !== undefined) yield record;
}

function recordOf(line: string): CohortRecord | undefined {
  try {
    const parsed = cohortRecordSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
