import { closeSync, openSync, readSync } from 'node:fs';
import { JOURNAL_APPLICATION_ID, JOURNAL_SCHEMA_VERSION } from './database.ts';
import { systemCode } from '../system-code.ts';

/** What a file is by its first bytes, read without opening it as a database: that alone could change it. */
export type FileHeader = 'missing' | 'empty' | 'journal' | 'newer_journal' | 'other_database' | 'no_database';

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const USER_VERSION_AT = 60;
const APPLICATION_ID_AT = 68;

/** @throws the system's error when the file is there and cannot be read */
export function readFileHeader(path: string): FileHeader {
  const header = Buffer.alloc(HEADER_BYTES);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return 'missing';
    throw thrown;
  }
  let read: number;
  try {
    read = readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  if (read === 0) return 'empty';
  if (read < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) return 'no_database';
  if (header.readUInt32BE(APPLICATION_ID_AT) !== JOURNAL_APPLICATION_ID) return 'other_database';
  return header.readUInt32BE(USER_VERSION_AT) > JOURNAL_SCHEMA_VERSION ? 'newer_journal' : 'journal';
}
