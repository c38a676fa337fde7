import { IconFileCertificate } from '@tabler/icons-react';
import { Button } from '@mantine/core';
import type { BroughtReport, ListedReport } from '../../shared/contract/operator/reports.ts';
import { Empty, PlainTable, shortCell } from '../components/layout.tsx';
import { Shown, When } from '../components/text.tsx';
import { Verified } from '../steps/report/verified.tsx';
import { usePlace } from '../stores/place.ts';
import reportStyles from './reports.module.css';
import styles from './screens.module.css';

/** What was exported on this machine, with what its last verification came to. */
export function ExportedReports({ reports, onOpen }: { readonly reports: readonly ListedReport[]; readonly onOpen: (reportId: string) => void }) {
  const goTo = usePlace((state) => state.goTo);
  if (reports.length === 0) {
    return <Empty icon={<IconFileCertificate size={28} aria-hidden />} title="No report yet" action={<Button variant="default" onClick={() => goTo('runs')}>See the runs</Button>}>A report is exported from a run that has ended: in the Report step, or from the list of runs.</Empty>;
  }
  return (
    <PlainTable label="Reports">
      <thead><tr><th scope="col">Exported</th><th scope="col">Run</th><th scope="col">Verified</th><th scope="col">Personal data</th><th scope="col">Folder</th></tr></thead>
      <tbody>
        {reports.map((report) => (
          <tr key={report.report_id} className={styles.clickable} onClick={() => onOpen(report.report_id)}>
            <td className={shortCell}><button type="button" className={reportStyles.link} onClick={() => onOpen(report.report_id)}><When at={report.exported_at} /></button></td>
            <td><Shown text={report.run_id} /></td>
            <td className={shortCell}>{report.verification === null ? 'not yet' : <Verified verification={report.verification} />}</td>
            <td>{report.redacted ? 'hashed' : 'included'}</td>
            <td title={report.folder}><Shown text={nameOf(report.folder)} /></td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}

/** The last part of a path; all of it stands in the report's own view. */
function nameOf(folder: string): string {
  return folder.split(/[\\/]/).at(-1) ?? folder;
}

/** Reports from elsewhere: of them nothing but the verdict is kept here. */
export function BroughtReports({ reports }: { readonly reports: readonly BroughtReport[] }) {
  if (reports.length === 0) return null;
  return (
    <>
      <h2 className={reportStyles.title}>From elsewhere, verified here</h2>
      <PlainTable label="Reports from elsewhere, verified here">
        <thead><tr><th scope="col">Verified</th><th scope="col">Report</th><th scope="col">Run</th><th scope="col">Signed by</th></tr></thead>
        <tbody>
          {reports.map((report) => (
            <tr key={`${report.name} ${String(report.run_id)}`}>
              <td className={shortCell}><Verified verification={report} /></td>
              <td><Shown text={report.name} /></td>
              <td>{report.run_id === null ? '–' : <Shown text={report.run_id} />}</td>
              <td>{report.signed_by === null ? '–' : <Shown text={report.signed_by} />}</td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
    </>
  );
}
