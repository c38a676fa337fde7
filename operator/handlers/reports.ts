import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import { createKnownSigners } from '../keys/known-signers.ts';
import type { OperatorParts } from '../parts.ts';
import { problem } from '../problems.ts';
import { createReportExporter } from '../reports/export-report.ts';
import { createExportedReports } from '../reports/exported-reports.ts';
import { createTrust } from '../reports/trust.ts';
import { createVerifications } from '../reports/verifications.ts';
import { createReportVerifyHandler } from './report-verify.ts';

type ReportHandlers = Pick<Handlers, 'reports.export' | 'reports.list' | 'reports.verify' | 'reports.getHtml' | 'reports.download'>;
type ReportParts = Pick<OperatorParts, 'home' | 'clock' | 'randomBytes' | 'secrets' | 'journal' | 'environments' | 'mirror' | 'files' | 'downloads' | 'newDownloadPath' | 'version' | 'pdfPrinter'>;

/** Signed reports: made, listed, shown, handed out and checked (N2). */
export function createReportHandlers(parts: ReportParts): ReportHandlers {
  const { home, clock, journal, environments, files, downloads, newDownloadPath } = parts;
  const known = createKnownSigners(home, clock, journal.exclusively);
  const exported = createExportedReports(home, journal.exclusively);
  const exportReport = createReportExporter({ ...parts, known, exported });
  const verifications = createVerifications(home, journal.exclusively);

  return {
    'reports.export': async ({ run_id, redact, folder_handle }) => exportReport({ runId: run_id, redact: redact ?? false, place: folder_handle === undefined ? undefined : files.get(folder_handle).path }),
    'reports.list': async () => ({ items: exported.list().map((report) => ({ ...report, verification: verifications.ofExported(report.report_id) })), brought: [...verifications.brought()] }),
    ...createReportVerifyHandler({ clock, environments, files, newDownloadPath, exported, trust: createTrust(environments, known), verifications }),
    'reports.getHtml': async ({ report_id }) => {
      const { folder } = exported.get(report_id);
      const html = await readFile(join(folder, 'report.html'), 'utf8').catch(() => undefined);
      if (html === undefined) throw problem('report_missing', 'The report is no longer where it was', `It was exported to ${folder}.`);
      return { html };
    },
    'reports.download': async ({ report_id }) => {
      const { zip } = exported.get(report_id);
      if (zip === null || statSync(zip, { throwIfNoEntry: false }) === undefined) throw problem('report_missing', 'The zip of this report is not there', 'Export the report again.');
      return { download_id: downloads.add({ path: zip, fileName: basename(zip), mediaType: 'application/zip' }) };
    },
  };
}
