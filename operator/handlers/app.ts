import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { AppPart } from '../../shared/contract/operator/app.ts';
import type { OperatorParts } from '../parts.ts';
import { sampleFilePath } from '../resource-paths.ts';

type AppHandlers = Pick<Handlers, 'app.getInfo' | 'app.describeDownload' | 'app.releaseFile'>;

/** What the window asks about the app itself and about files in its hands. */
export function createAppHandlers(parts: Pick<OperatorParts, 'version' | 'host' | 'home' | 'secrets' | 'files' | 'downloads'> & { readonly hostParts: readonly AppPart[] }): AppHandlers {
  return {
    'app.getInfo': async () => ({
      version: parts.version,
      host: parts.host,
      home: parts.home,
      secret_store: parts.secrets.kind,
      sample_available: existsSync(sampleFilePath('account-prep')),
      parts: [...parts.hostParts, { name: 'Node.js', version: process.versions.node }, { name: 'SQLite', version: sqliteVersion() }],
    }),
    'app.describeDownload': async ({ download_id }) => {
      const download = parts.downloads.get(download_id);
      return { file_name: download.fileName, media_type: download.mediaType, bytes: parts.downloads.bytes(download_id) };
    },
    'app.releaseFile': async ({ handle }) => {
      parts.files.release(handle);
      return {};
    },
  };
}

/** Of the SQLite that keeps the journal, which is not the one that is built into Node. */
function sqliteVersion(): string {
  const database = new Database(':memory:');
  try {
    return String(database.prepare('SELECT sqlite_version()').pluck().get());
  } finally {
    database.close();
  }
}
