import { PGlite } from '@electric-sql/pglite';

/** Files that it lives in, or memory when they are left out; a template saves making it anew. */
export type EmbeddedDatabaseOptions = { readonly dataDir?: string; readonly loadDataDir?: Blob };

/**
 * The memory for pages is written from end to end at every opening: PostgreSQL's own 128 MB cost a second of a processor
 * and a hundred megabytes, for a database of a few thousand people. What does not fit is read from the files again.
 */
const PAGE_MEMORY = 'shared_buffers=32MB';

/** Opens the embedded database, or makes it where nothing is there yet. */
export async function openEmbeddedDatabase(options: EmbeddedDatabaseOptions = {}): Promise<PGlite> {
  return PGlite.create({ ...options, startParams: [...PGlite.defaultStartParams, '-c', PAGE_MEMORY] });
}
