import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { CheckSummary } from '../../shared/contract/operator/sources.ts';
import { cohortRecordSchema } from '../../shared/core/cohort.ts';
import { findPlaybook } from '../../shared/playbooks/registry.ts';
import type { CsvColumn } from '../../shared/core/csv-column.ts';
import { type CheckedCsv, checkCsv } from '../csv/check-csv.ts';
import { rejectsCsv } from '../csv/rejects-csv.ts';
import type { OperatorParts } from '../parts.ts';
import { problem } from '../problems.ts';
import { sampleFilePath } from '../resource-paths.ts';
import type { CheckedSource } from '../sources.ts';

type SourceHandlers = Pick<Handlers, 'sources.openSample' | 'sources.check' | 'sources.getProgress' | 'sources.exportRejects'>;

interface Progress {
  readonly bytes_read: number;
  readonly bytes_total: number;
}

/** Files: the sample, checking, and everything that was left out as one file. */
export function createSourceHandlers(parts: Pick<OperatorParts, 'files' | 'downloads' | 'newDownloadPath' | 'sources' | 'randomBytes'>): SourceHandlers {
  const progressOfHandle = new Map<string, Progress>();
  const checkedFiles = new Map<string, CheckedCsv>();

  return {
    'sources.openSample': async ({ playbook }) => {
      columnsOf(playbook);
      const path = sampleFilePath(playbook);
      if (!existsSync(path)) throw problem('no_sample', 'This playbook has no sample file here', 'Choose a file of your own.');
      return { handle: parts.files.add({ path, fileName: basename(path), kind: 'opened' }), file_name: basename(path) };
    },
    'sources.check': async ({ handle, playbook, encoding, delimiter, mapping }) => {
      const file = parts.files.get(handle);
      if (file.kind === 'folder') throw problem('not_a_file', 'That is a folder', 'Choose a CSV file.');
      const checked = await checkCsv({
        path: file.path,
        fileName: file.fileName,
        folder: parts.newDownloadPath(),
        columns: columnsOf(playbook),
        ...(encoding === undefined ? {} : { encoding }),
        ...(delimiter === undefined ? {} : { delimiter }),
        ...(mapping === undefined ? {} : { mapping }),
        onProgress: (read, total) => void progressOfHandle.set(handle, { bytes_read: read, bytes_total: total }),
      });
      const { sha256, file_error } = checked.summary;
      if (sha256 === null) {
        checked.dispose();
        throw problem(file_error?.code ?? 'file_unreadable', 'The file could not be read', file_error?.detail ?? 'Choose it again.');
      }
      const sourceId = `source_${Buffer.from(parts.randomBytes(16)).toString('hex')}`;
      checkedFiles.set(sourceId, checked);
      parts.sources.add(checkedSource(sourceId, sha256, checked, () => checkedFiles.delete(sourceId)));
      return summaryOf(sourceId, sha256, checked);
    },
    'sources.getProgress': async ({ handle }) => progressOfHandle.get(handle) ?? { bytes_read: 0, bytes_total: 0 },
    'sources.exportRejects': async ({ source_id }) => {
      const checked = requireChecked(source_id);
      const path = parts.newDownloadPath();
      await writeFile(path, rejectsCsv(checked));
      const name = checked.summary.file;
      return { download_id: parts.downloads.add({ path, fileName: `${basename(name, extname(name))}-rejects.csv`, mediaType: 'text/csv' }) };
    },
  };

  function requireChecked(sourceId: string): CheckedCsv {
    const checked = checkedFiles.get(sourceId);
    if (checked === undefined) throw problem('unknown_source', 'That file is not open here', 'Open the file again; it is checked anew.');
    return checked;
  }
}

function columnsOf(playbook: string): readonly CsvColumn[] {
  const found = findPlaybook(playbook);
  if (found === undefined) throw problem('unknown_playbook', 'There is no such playbook', 'Choose a migration of this environment.');
  return found.columns;
}

function summaryOf(sourceId: string, sha256: string, { summary, headers, rejected, duplicates, warnings }: CheckedCsv): CheckSummary {
  return {
    ...summary,
    sha256,
    source_id: sourceId,
    headers: headers.map(({ header, samples }) => ({ header, samples: [...samples] })),
    rejected_count: rejected.count,
    duplicate_count: duplicates.count,
    warning_count: warnings.count,
  };
}

function checkedSource(sourceId: string, sha256: string, checked: CheckedCsv, forget: () => void): CheckedSource {
  return {
    summary: summaryOf(sourceId, sha256, checked),
    *records() {
      for (const line of checked.accepted.all()) yield cohortRecordSchema.parse(JSON.parse(line));
    },
    rejected: () => checked.rejected.all(),
    duplicates: () => checked.duplicates.all(),
    warnings: () => checked.warnings.all(),
    page: (list, offset, limit) => checked[list].page(offset, limit),
    release() {
      forget();
      checked.dispose();
    },
  };
}
