import type { Handlers, ProcedureInput } from '../../shared/contract/operator/dispatch.ts';
import type { ReportVerdict } from '../../shared/contract/operator/reports.ts';
import type { OperatorParts } from '../parts.ts';
import { problem } from '../problems.ts';
import { withDroppedFiles } from '../reports/dropped-files.ts';
import type { ExportedReports } from '../reports/exported-reports.ts';
import type { Trust } from '../reports/trust.ts';
import type { Verifications } from '../reports/verifications.ts';
import { trustInFile, verifyReportAt } from '../reports/verify-at.ts';
import type { FindTrustedKeys } from '../reports/verify-report.ts';

type VerifyParts = Pick<OperatorParts, 'clock' | 'environments' | 'files' | 'newDownloadPath'> & { readonly exported: ExportedReports; readonly trust: Trust; readonly verifications: Verifications };

/** Reports checked, here exported or brought from elsewhere, with the server or without it (N2). */
export function createReportVerifyHandler({ clock, environments, files, newDownloadPath, exported, trust, verifications }: VerifyParts): Pick<Handlers, 'reports.verify'> {
  function trustOf(signersHandle: string | undefined): FindTrustedKeys {
    if (signersHandle === undefined) return trust.ofEnvironment;
    const { path, fileName } = files.get(signersHandle);
    return trustInFile(path, environments.list, fileName);
  }

  async function verdictOn({ report_id, handle, file_handles, folder_name = 'Dropped files', signers_handle }: ProcedureInput<'reports.verify'>): Promise<ReportVerdict> {
    const findKeys = trustOf(signers_handle);
    if (report_id !== undefined) return verifyReportAt(exported.get(report_id).folder, findKeys);
    if (file_handles !== undefined) return withDroppedFiles(file_handles.map(files.get), newDownloadPath(), async (folder) => ({ ...(await verifyReportAt(folder, findKeys)), folder_name }));
    if (handle === undefined) throw problem('report_missing', 'There is no report at that place', 'Choose the folder of a report, or its zip.');
    const { path, fileName } = files.get(handle);
    return { ...(await verifyReportAt(path, findKeys)), folder_name: fileName };
  }

  return {
    'reports.verify': async (asked) => {
      const verdict = await verdictOn(asked);
      const verification = { verdict: verdict.verdict, signed_by: verdict.signed_by, verified_at: clock().toISOString() };
      const kept = asked.report_id === undefined ? verifications.keepBrought({ ...verification, name: verdict.folder_name, run_id: verdict.run_id }) : verifications.keepExported(asked.report_id, verification);
      return { ...verdict, verified_at: verification.verified_at, kept };
    },
  };
}
