import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { environmentKindSchema } from '../../shared/contract/admin/session.ts';
import { writeDurably } from '../durable-file.ts';
import { problem } from '../problems.ts';
import { systemCode } from '../system-code.ts';

/** What an environment said of itself when it was first reached. Null until then. */
const pinsSchema = z.strictObject({ environment_id: z.string(), kind: environmentKindSchema, receipt_public_key: z.string() });
export type Pins = z.infer<typeof pinsSchema>;

export const storedEnvironmentSchema = z.strictObject({
  name: z.string(),
  url: z.string(),
  /** The practice server that this app starts itself. */
  built_in: z.boolean(),
  pins: pinsSchema.nullable(),
});
export type StoredEnvironment = z.infer<typeof storedEnvironmentSchema>;

const fileSchema = z.strictObject({ version: z.literal(1), current: z.string().nullable(), environments: z.array(storedEnvironmentSchema) });
export type EnvironmentFile = z.infer<typeof fileSchema>;

/** The named environments of a home, without their tokens. Read each time, since another process may have changed them. */
export interface EnvironmentStore {
  /** @throws OperatorError `environments_unreadable` */
  read(): EnvironmentFile;
  /** Whole or not at all. @throws OperatorError `environments_not_kept` */
  change(change: (file: EnvironmentFile) => EnvironmentFile): EnvironmentFile;
}

/** Keeps them in `environments.json` under `home`. `exclusively` runs a change while no other process makes one. */
export function createEnvironmentStore(home: string, exclusively: <Result>(work: () => Result) => Result): EnvironmentStore {
  const path = join(home, 'environments.json');
  function read(): EnvironmentFile {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return { version: 1, current: null, environments: [] };
      throw unreadable(path);
    }
    try {
      return fileSchema.parse(JSON.parse(text));
    } catch {
      throw unreadable(path);
    }
  }
  return {
    read,
    change: (change) =>
      exclusively(() => {
        const changed = change(read());
        try {
          mkdirSync(home, { recursive: true, mode: 0o700 });
          writeDurably(path, `${JSON.stringify(changed, undefined, 2)}\n`);
        } catch {
          throw problem('environments_not_kept', 'The environments could not be stored', `${path} must be writable, on a disk with room. Nothing was changed.`);
        }
        return changed;
      }),
  };
}

function unreadable(path: string): Error {
  return problem('environments_unreadable', 'The list of environments cannot be read', `${path} was changed or damaged. Mend it or move it away, then add the environments again.`);
}
