import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { exportedReportSchema, type ExportedReport } from '../../shared/contract/operator/reports.ts';
import { writeDurably } from '../durable-file.ts';
import { problem, problemOf } from '../problems.ts';
import { systemCode } from '../system-code.ts';

const keptSchema = z.strictObject({ version: z.literal(1), reports: z.array(exportedReportSchema) });

/** Which reports were exported here, and where they went. */
export interface ExportedReports {
  /** Newest first; those whose folder has gone, too. */
  list(): readonly ExportedReport[];
  /** @throws OperatorError `unknown_report` */
  get(reportId: string): ExportedReport;
  /** @throws OperatorError `report_not_listed` */
  add(report: ExportedReport): void;
}

/** Keeps them in `reports.json` under `home`: paths may hold a person's name, so they are no matter for the journal. `exclusively` as for environments. */
export function createExportedReports(home: string, exclusively: <Result>(work: () => Result) => Result): ExportedReports {
  const path = join(home, 'reports.json');
  function read(): z.infer<typeof keptSchema>['reports'] {
    try {
      return keptSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).reports;
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return [];
      throw problem('reports_unreadable', 'The list of exported reports cannot be read', `${path} was changed or damaged. Move it away; the reports themselves are where they were.`);
    }
  }
  return {
    list: read,
    get(reportId) {
      const found = read().find((report) => report.report_id === reportId);
      if (found === undefined) throw problem('unknown_report', 'That report is not known here', 'Export it again, or choose its folder.');
      return found;
    },
    add(report) {
      try {
        mkdirSync(home, { recursive: true, mode: 0o700 });
        exclusively(() => writeDurably(path, `${JSON.stringify({ version: 1, reports: [report, ...read()] }, undefined, 2)}\n`));
      } catch (thrown) {
        throw problem('report_not_listed', 'The report was written but could not be put on the list', `It is whole, at ${report.folder}. ${problemOf(thrown)?.detail ?? `${home} must be writable.`}`);
      }
    },
  };
}
