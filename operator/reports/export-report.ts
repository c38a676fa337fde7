import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Signer } from '../../shared/contract/admin/signers.ts';
import type { ExportedReport } from '../../shared/contract/operator/reports.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { isServerAway } from '../environments/server-away.ts';
import type { KnownSigners } from '../keys/known-signers.ts';
import type { OperatorKey } from '../keys/operator-key.ts';
import { ensureRegistered } from '../keys/register-key.ts';
import type { OperatorParts } from '../parts.ts';
import { problemOf } from '../problems.ts';
import { installationRoot } from '../resource-paths.ts';
import type { ExportedReports } from './exported-reports.ts';
import { gatherKeptReport, itemsKept, notKept } from './gather-kept-report.ts';
import { gatherReport, type GatheredReport } from './gather-report.ts';
import { keptSigner } from './kept-signer.ts';
import { beginReportFolder, type ReportFolder } from './report-folder.ts';
import { freeReportName, troubleInWords, zipBeside } from './report-place.ts';
import { itemsOfRun, planRowsOfRun } from './report-rows.ts';
import { writeReport } from './write-report.ts';
import { zipFolder } from './zip-folder.ts';

export interface ExporterParts extends Pick<OperatorParts, 'home' | 'clock' | 'randomBytes' | 'secrets' | 'journal' | 'environments' | 'mirror' | 'version' | 'pdfPrinter'> {
  readonly known: KnownSigners;
  readonly exported: ExportedReports;
}

export interface ReportWanted {
  readonly runId: string;
  readonly redact: boolean;
  /** The folder to make; one of the operator's own where none was named. */
  readonly place: string | undefined;
}

/** What a report is made of, wherever it was found. */
interface ReportContents {
  readonly environmentId: string;
  readonly gathered: GatheredReport;
  readonly items: AsyncIterable<readonly RunItem[]>;
  readonly planRows: AsyncIterable<readonly PlanRow[]>;
  readonly key: OperatorKey;
  readonly sub: string;
  readonly signers: readonly Signer[];
}

/**
 * Exports reports (A5, N2): of what the server says, or, where it is away or goes away meanwhile, of what is kept of the run here.
 * @throws OperatorError `report_exists`, `report_not_written`, `report_not_kept`, `receipt_not_ready`, `run_moved_on`, or as the calls do; then nothing is left at the place
 */
export function createReportExporter(parts: ExporterParts): (wanted: ReportWanted) => Promise<ExportedReport> {
  const { home, clock, randomBytes, journal, environments, mirror, version, pdfPrinter, known, exported } = parts;

  async function fromServer(wanted: ReportWanted): Promise<ExportedReport> {
    const { runId } = wanted;
    const environment = await environments.connect();
    const { key, signers } = await ensureRegistered(environment, { ...parts, exclusively: journal.exclusively });
    // Anchored first, so that the receipt names a head that covers what stands in the report.
    await environment.anchor(runId);
    const gathered = await gatherReport(environment, journal, runId, clock);
    const contents = { gathered, items: itemsOfRun(environment, runId), planRows: planRowsOfRun(environment, gathered.run), key, sub: environment.session.sub, signers };
    const report = await make(wanted, { ...contents, environmentId: environment.id });
    await environment.anchor(runId);
    return report;
  }

  async function fromKept(wanted: ReportWanted): Promise<ExportedReport> {
    const { runId } = wanted;
    const name = environments.currentName();
    const pinned = environments.list().find((environment) => environment.name === name);
    if (pinned === undefined) throw notKept('Nothing was heard of that environment yet.');
    const environment = { id: pinned.environment_id, name };
    const gathered = gatherKeptReport({ journal, mirror, environment }, runId);
    const signer = keptSigner({ secrets: parts.secrets, known, environmentId: environment.id, receiptPublicKey: pinned.receipt_public_key, issuedAt: new Date(gathered.receipt.issued_at) });
    try {
      return await make(wanted, { gathered, items: itemsKept(journal, runId), planRows: none(), ...signer, environmentId: environment.id });
    } catch (thrown) {
      throw problemOf(thrown)?.code === 'run_moved_on' ? notKept('The rows that are recorded are not those that the kept receipt states.') : thrown;
    }
  }

  async function make({ runId, redact, place }: ReportWanted, { environmentId, gathered, ...contents }: ReportContents): Promise<ExportedReport> {
    const operatorClock = clock();
    const nextPlace = (): string => place ?? ownPlace(home, gathered.run, operatorClock);
    const folder = await beginReportFolder(nextPlace(), randomBytes);
    let leftOut: readonly string[];
    let published: string;
    try {
      ({ leftOut } = await writeReport(folder, { ...contents, gathered, redact, journal, operatorClock, version, css: styleSheet(), printer: pdfPrinter }));
      published = resolve(await publish(folder, nextPlace, place === undefined));
    } catch (thrown) {
      await folder.discard();
      throw thrown;
    }
    const zip = await zipped(published, [...folder.files.keys()], randomBytes);
    const report: ExportedReport = {
      report_id: `report_${Buffer.from(randomBytes(12)).toString('hex')}`,
      run_id: runId,
      folder: published,
      zip: zip.path,
      files: [...folder.files].map(([name, { bytes }]) => ({ name, bytes })).toSorted((one, other) => (one.name < other.name ? -1 : 1)),
      redacted: redact,
      exported_at: operatorClock.toISOString(),
      left_out: zip.path === null ? [...leftOut, `The zip could not be written: ${zip.why}. The folder is whole.`] : [...leftOut],
      ...(gathered.asOf === undefined ? {} : { as_of: gathered.asOf }),
    };
    exported.add(report);
    const manifest = folder.files.get('MANIFEST.sha256')?.sha256 ?? null;
    try {
      journal.append({ kind: 'report.exported', payload: { environment: environmentId, run_id: runId, report_id: report.report_id, manifest_sha256: manifest, redacted: redact } });
    } catch (thrown) {
      throw thrown instanceof OperatorError ? new OperatorError({ ...thrown.problem, detail: `${thrown.problem.detail} The report itself is whole, at ${published}.` }) : thrown;
    }
    return report;
  }

  return async (wanted) => {
    try {
      return await fromServer(wanted);
    } catch (thrown) {
      if (!isServerAway(thrown)) throw thrown;
      return fromKept(wanted);
    }
  };
}

/** A place that was not chosen by a person is another one where somebody was quicker. */
async function publish(folder: ReportFolder, nextPlace: () => string, isOwn: boolean): Promise<string> {
  for (;;) {
    const place = nextPlace();
    try {
      await folder.publish(place);
      return place;
    } catch (thrown) {
      if (!isOwn || problemOf(thrown)?.code !== 'report_exists') throw thrown;
    }
  }
}

type Zipped = { readonly path: string; readonly why: null } | { readonly path: null; readonly why: string };

/** The folder is the report, the zip a convenience: where it cannot be written, that is said. */
async function zipped(folder: string, names: readonly string[], randomBytes: (count: number) => Uint8Array): Promise<Zipped> {
  const path = zipBeside(folder);
  try {
    await zipFolder(folder, names, basename(folder), path, randomBytes);
    return { path, why: null };
  } catch (thrown) {
    return { path: null, why: thrown instanceof RangeError ? thrown.message : troubleInWords(thrown) };
  }
}

/** A free one under the operator's own folder. Its name tells nothing personal: what was migrated, how, and when. */
function ownPlace(home: string, { migration, kind }: GatheredReport['run'], at: Date): string {
  const folder = join(home, 'reports');
  const safe = migration.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 64);
  return join(folder, freeReportName(folder, `${safe}-${kind.replace('_', '-')}-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`));
}

async function* none(): AsyncGenerator<readonly PlanRow[]> {
  // The plan's rows are kept by the server alone.
}

function styleSheet(): string {
  return readFileSync(join(installationRoot(), 'resources', 'report', 'report.css'), 'utf8');
}
