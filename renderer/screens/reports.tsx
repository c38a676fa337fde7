import { Button } from '@mantine/core';
import { IconArrowLeft, IconFileCertificate } from '@tabler/icons-react';
import { useState } from 'react';
import { formatBytes, formatCount } from '../components/format.ts';
import { Empty, Heading, Loaded, PlainTable, Workspace } from '../components/layout.tsx';
import { Shown, When } from '../components/text.tsx';
import { useOperatorQuery } from '../operator.ts';
import { usePlace } from '../stores/place.ts';
import { ReportView } from '../steps/report/report-view.tsx';
import styles from './screens.module.css';

/** Exported reports: read, keep and verify them, also without a connection. */
export function ReportsScreen() {
  const reports = useOperatorQuery('reports.list', {});
  const goTo = usePlace((state) => state.goTo);
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <Workspace>
      <Heading title="Reports" lead="Reports that were exported on this machine.">
        {opened !== null && <Button variant="default" leftSection={<IconArrowLeft size={15} aria-hidden />} onClick={() => setOpened(null)}>All reports</Button>}
      </Heading>
      <Loaded query={reports}>
        {({ items }) => {
          const report = items.find((candidate) => candidate.report_id === opened);
          if (report !== undefined) return <ReportView key={report.report_id} report={report} />;
          if (items.length === 0) {
            return <Empty icon={<IconFileCertificate size={28} aria-hidden />} title="No report yet" action={<Button variant="default" onClick={() => goTo('runs')}>See the runs</Button>}>A report is exported from a run that has ended: in the Report step, or from the list of runs.</Empty>;
          }
          return (
            <PlainTable label="Reports">
              <thead><tr><th scope="col">Exported</th><th scope="col">Run</th><th scope="col">Personal data</th><th scope="col">Files</th><th scope="col">Folder</th></tr></thead>
              <tbody>
                {items.map((item) => (
                  <tr key={item.report_id} className={styles.clickable} onClick={() => setOpened(item.report_id)}>
                    <td><button type="button" className={styles.link} onClick={() => setOpened(item.report_id)}><When at={item.exported_at} /></button></td>
                    <td><Shown text={item.run_id} /></td>
                    <td>{item.redacted ? 'hashed' : 'included'}</td>
                    <td>{formatCount(item.files.length)}, {formatBytes(item.files.reduce((sum, file) => sum + file.bytes, 0))}</td>
                    <td><Shown text={item.folder} /></td>
                  </tr>
                ))}
              </tbody>
            </PlainTable>
          );
        }}
      </Loaded>
    </Workspace>
  );
}
