import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { ReportVerdict } from '../../shared/contract/operator/reports.ts';
import { FAKE_NOW, fakeReport, type FakeWorld } from './fake-world.ts';

type ReportNames = Extract<keyof Handlers, `reports.${string}`>;
type Check = ReportVerdict['checks'][number];

/** Reports of the made-up operator: exported, kept, and verified as the world says. */
export function fakeReportHandlers(world: FakeWorld): Pick<Handlers, ReportNames> {
  return {
    'reports.export': ({ run_id: runId, redact }) => {
      const report = { ...fakeReport, run_id: runId, redacted: redact === true, report_id: `rep_${world.reports.length + 1}` };
      world.reports = [report, ...world.reports];
      const { verification: _none, ...exported } = report;
      return Promise.resolve(exported);
    },
    'reports.list': () => Promise.resolve({ items: [...world.reports], brought: [...world.brought] }),
    'reports.verify': ({ report_id: reportId, folder_name: folderName, signers_handle: signers }) => {
      // With a file of signers what nobody here knew is known.
      const verdict = world.verdict === 'incomplete' && signers !== undefined ? 'passed' : world.verdict;
      const found = { verdict, signed_by: verdict === 'passed' ? 'practice-operator' : null, verified_at: FAKE_NOW };
      const name = reportId === undefined ? (folderName ?? 'report-2025-08-09.zip') : 'run_exec';
      if (reportId === undefined) world.brought = [{ ...found, name, run_id: 'run_exec' }, ...world.brought.filter((brought) => brought.name !== name)];
      else world.reports = world.reports.map((report) => (report.report_id === reportId ? { ...report, verification: found } : report));
      return Promise.resolve({ ...found, folder_name: name, run_id: 'run_exec', issued_at: '2026-11-20T09:58:00.000Z', kept: true, checks: checksFor(verdict) });
    },
    'reports.getHtml': () => Promise.resolve({ html: '<!doctype html><meta charset="utf-8"><title>Report</title><body style="font-family:sans-serif;margin:2rem"><h1>Execution of 2025-08-09</h1><p>57 of 57 rows settled: 54 applied, 1 no change, 2 skipped.</p>' }),
    'reports.download': () => Promise.resolve({ download_id: 'dl_report' }),
    'reports.getSigners': () => Promise.resolve({ lines: [], seen_at: null }),
  };
}

function checksFor(verdict: ReportVerdict['verdict']): Check[] {
  const passed = (name: string, title: string, detail: string): Check => ({ name, title, verdict: 'passed', detail, advice: null, basis: 'report' });
  const signer: Check =
    verdict === 'incomplete'
      ? { name: 'signer', title: 'The signature is of a person who may sign', verdict: 'not_checked', detail: 'Nobody here knows who may sign in that environment.', advice: "Get the file allowed_signers from the environment's owner, and verify with it; or connect to the environment.", basis: null }
      : { ...passed('signer', 'The signature is of a person who may sign', 'practice-operator, as practice says now.'), basis: 'server' };
  const hashes: Check =
    verdict === 'failed'
      ? { name: 'hashes', title: 'Every file is as it was signed', verdict: 'failed', detail: 'results.csv was changed.', advice: 'A file was changed after it was signed, or damaged on its way. Do not rely on it; ask for the report again.', basis: 'report' }
      : passed('hashes', 'Every file is as it was signed', 'Every SHA-256 agrees.');
  return [passed('files', 'No file was added, removed or renamed', '9 files, as the manifest names them.'), hashes, passed('manifest_signature', 'The list of files is signed', 'The signature fits.'), signer, passed('journal', 'The journal lines hold together', 'Every entry follows the one before it.')];
}
