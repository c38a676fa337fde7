import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newReceiptKeySetting } from './receipt-key.ts';

/**
 * The receipt key of a server on an embedded database that was given none: made at the first start and kept in a 0600
 * file of its data folder, in the form that `DRYDOCK_RECEIPT_KEY` has.
 */
export function keptReceiptKey(dataFolder: string, randomBytes: (count: number) => Uint8Array): string {
  const file = join(dataFolder, 'secrets-receipt-key');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const setting = newReceiptKeySetting(randomBytes);
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const unfinished = `${file}.new`;
  writeFileSync(unfinished, `${setting}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
  return setting;
}
