import { z } from 'zod';
import { command, query } from './procedure.ts';

const appPartSchema = z.strictObject({ name: z.string(), version: z.string() });
export type AppPart = z.infer<typeof appPartSchema>;

const nothing = z.strictObject({});

export const appProcedures = {
  'app.getInfo': query(
    nothing,
    z.strictObject({
      version: z.string(),
      host: z.enum(['electron', 'browser', 'command-line']),
      home: z.string(),
      /** Where secrets go: the OS key store, a 0600 file, or memory until the app closes. */
      secret_store: z.enum(['os-key-store', 'file', 'session-only']),
      sample_available: z.boolean(),
      /** What it runs on, for those who ask for help with it: Node, SQLite, and what the host adds. */
      parts: z.array(appPartSchema),
    }),
  ),
  /** Hands a finished file to the host: a save dialog in Electron, a download in the browser. */
  'app.describeDownload': query(
    z.strictObject({ download_id: z.string() }),
    z.strictObject({ file_name: z.string(), media_type: z.string(), bytes: z.int() }),
  ),
  /** Frees an uploaded or opened file that is no longer needed. */
  'app.releaseFile': command(z.strictObject({ handle: z.string() }), nothing),
} as const;
