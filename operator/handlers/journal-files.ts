import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import { exportJournal } from '../journal/export-lines.ts';
import type { OperatorParts } from '../parts.ts';

type JournalFileHandlers = Pick<Handlers, 'journal.backUp' | 'journal.export'>;

/** The journal as files of the operator's own: backups, and its chain as lines. */
export function createJournalFileHandlers({ journal, files, downloads, newDownloadPath, clock }: Pick<OperatorParts, 'journal' | 'files' | 'downloads' | 'newDownloadPath' | 'clock'>): JournalFileHandlers {
  return {
    'journal.backUp': async ({ handle }) => {
      const path = handle === undefined ? newDownloadPath() : files.get(handle).path;
      const { entries, headHash, bytes } = await journal.backUp(path);
      const fileName = `drydock-journal-${clock().toISOString().slice(0, 10)}.sqlite`;
      return {
        entries,
        head_hash: headHash,
        bytes,
        path: handle === undefined ? null : path,
        download_id: handle === undefined ? downloads.add({ path, fileName, mediaType: 'application/vnd.sqlite3' }) : null,
      };
    },
    'journal.export': async ({ run_id, handle }) => {
      const path = handle === undefined ? newDownloadPath() : files.get(handle).path;
      const { entries, bytes } = await exportJournal(journal, path, run_id);
      return {
        entries,
        bytes,
        path: handle === undefined ? null : path,
        download_id: handle === undefined ? downloads.add({ path, fileName: `drydock-journal-${clock().toISOString().slice(0, 10)}.jsonl`, mediaType: 'application/jsonl' }) : null,
      };
    },
  };
}
