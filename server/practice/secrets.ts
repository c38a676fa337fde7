import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { newReceiptKeySetting } from '../receipts/receipt-key.ts';

const secretsSchema = z.strictObject({
  jwt_secret: z.string().min(32),
  secret_key: z.string().min(32),
  receipt_key: z.string(),
  temporary_password: z.string().min(12),
});

/** What a practice environment keeps for itself between two starts. */
export type PracticeSecrets = z.infer<typeof secretsSchema>;

/** Letters and digits that are not mixed up when read aloud. */
const passwordLetters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/**
 * The secrets of the folder, made at its first start and the same at every later one: the database holds HMACs under
 * them. They lie in a 0600 file of the folder; tokens are signed anew at every start and lie nowhere.
 * `temporaryPassword` is taken at the first start only, like every seed of that credential.
 */
export function practiceSecrets(folder: string, temporaryPassword: string | null, randomBytes: (count: number) => Uint8Array): PracticeSecrets {
  const file = join(folder, 'secrets.json');
  if (existsSync(file)) return secretsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const made: PracticeSecrets = {
    jwt_secret: base64url(randomBytes(32)),
    secret_key: base64url(randomBytes(32)),
    receipt_key: newReceiptKeySetting(randomBytes),
    temporary_password: temporaryPassword ?? readablePassword(randomBytes(12)),
  };
  // Written beside and renamed: a process killed in between must not leave half a file that no later start can read.
  const unfinished = `${file}.new`;
  writeFileSync(unfinished, JSON.stringify(made), { mode: 0o600 });
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, file);
  return made;
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** `XXXX-XXXX-XXXX`: short enough to type in a rehearsal, 60 bits. */
function readablePassword(bytes: Uint8Array): string {
  const letters = [...bytes].map((byte) => passwordLetters[byte % passwordLetters.length] ?? 'A');
  return [0, 4, 8].map((from) => letters.slice(from, from + 4).join('')).join('-');
}
