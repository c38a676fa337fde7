import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { ExportedReport } from '../../shared/contract/operator/reports.ts';
import { createKnownSigners } from '../keys/known-signers.ts';
import { ensureRegistered } from '../keys/register-key.ts';
import type { OperatorParts } from '../parts.ts';
import { problem } from '../problems.ts';
import { createExportedReports } from '../reports/exported-reports.ts';
import { gatherReport } from '../reports/gather-report.ts';
import { beginReportFolder, freeReportName } from '../reports/report-folder.ts';
import { itemsOfRun, planRowsOfRun } from '../reports/report-rows.ts';
import { createTrust } from '../reports/trust.ts';
import { createVerifications } from '../reports/verifications.ts';
import { writeReport } from '../reports/write-report.ts';
import { zipFolder } from '../reports/zip-folder.ts';
import { installationRoot } from '../resource-paths.ts';
import { createReportVerifyHandler } from './report-verify.ts';

type ReportHandlers = Pick<Handlers, 'reports.export' | 'reports.list' | 'reports.verify' | 'reports.getHtml' | 'reports.download'>;
type ReportParts = Pick<OperatorParts, 'home' | 'clock' | 'randomBytes' | 'secrets' | 'journal' | 'environments' | 'files' | 'downloads' | 'newDownloadPath' | 'version' | 'pdfPrinter'>;

/** Signed reports: made, listed, shown, handed out and checked (N2). */
export function createReportHandlers(parts: ReportParts): ReportHandlers {
  const { home, clock, randomBytes, secrets, journal, environments, files, downloads, newDownloadPath, version, pdfPrinter } = parts;
  const known = createKnownSigners(home, clock, journal.exclusively);
  const registration = { home, clock, secrets, randomBytes, known, exclusively: journal.exclusively };
  const exported = createExportedReports(home, journal.exclusively);
  const verifications = createVerifications(home, journal.exclusively);

  async function exportReport(runId: string, isRedacted: boolean, wished: string | undefined): Promise<ExportedReport> {
    const environment = await environments.connect();
    const { sub } = environment.session;
    const { key, signers } = await ensureRegistered(environment, registration);
    // Anchored first, so that the receipt names a head that covers what stands in the report.
    await environment.anchor(runId);
    const gathered = await gatherReport(environment, journal, runId);
    const operatorClock = clock();
    const place = wished ?? join(home, 'reports', freeReportName(join(home, 'reports'), defaultName(gathered.run.migration, gathered.run.kind, operatorClock)));
    const folder = await beginReportFolder(place, randomBytes);
    let leftOut: readonly string[];
    try {
      const items = itemsOfRun(environment, runId);
      const planRows = planRowsOfRun(environment, gathered.run);
      ({ leftOut } = await writeReport(folder, { gathered, items, planRows, redact: isRedacted, journal, key, sub, signers, operatorClock, version, css: styleSheet(), printer: pdfPrinter }));
      await folder.publish();
    } catch (thrown) {
      await folder.discard();
      throw thrown;
    }
    const zip = await zipBeside(resolve(place), [...folder.files.keys()]);
    const report: ExportedReport = {
      report_id: `report_${Buffer.from(randomBytes(12)).toString('hex')}`,
      run_id: runId,
      folder: resolve(place),
      zip,
      files: [...folder.files].map(([name, { bytes }]) => ({ name, bytes })).toSorted((one, other) => (one.name < other.name ? -1 : 1)),
      redacted: isRedacted,
      exported_at: operatorClock.toISOString(),
      left_out: zip === null ? [...leftOut, 'The zip could not be written; the folder is whole.'] : [...leftOut],
    };
    exported.add(report);
    const manifest = folder.files.get('MANIFEST.sha256')?.sha256 ?? null;
    journal.append({ kind: 'report.exported', payload: { environment: environment.id, run_id: runId, report_id: report.report_id, manifest_sha256: manifest, redacted: isRedacted } });
    await environment.anchor(runId);
    return report;
  }

  return {
    'reports.export': async ({ run_id, redact, folder_handle }) => exportReport(run_id, redact ?? false, folder_handle === undefined ? undefined : files.get(folder_handle).path),
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

/** Null where it could not be written: the folder is the report, the zip a convenience. */
async function zipBeside(folder: string, names: readonly string[]): Promise<string | null> {
  const zip = join(dirname(folder), `${basename(folder)}.zip`);
  try {
    await zipFolder(folder, names, basename(folder), zip);
    return zip;
  } catch {
    return null;
  }
}

/** Nothing personal: what was migrated, how, and when. */
function defaultName(migration: string, kind: string, at: Date): string {
  const safe = migration.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 64);
  return `${safe}-${kind.replace('_', '-')}-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function styleSheet(): string {
  return readFileSync(join(installationRoot(), 'resources', 'report', 'report.css'), 'utf8');
}
