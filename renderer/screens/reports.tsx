import { Button } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useState } from 'react';
import { Heading, Loaded, Workspace } from '../components/layout.tsx';
import { useOperatorQuery } from '../operator.ts';
import { ReportView } from '../steps/report/report-view.tsx';
import { VerifyReport } from './report-verify.tsx';
import { BroughtReports, ExportedReports } from './reports-list.tsx';
import styles from './reports.module.css';

/** Reports: those exported here to be read, kept and verified, and any other to be verified; also without a connection. */
export function ReportsScreen() {
  const reports = useOperatorQuery('reports.list', {});
  const [opened, setOpened] = useState<string | null>(null);
  const report = reports.value?.items.find((candidate) => candidate.report_id === opened);
  return (
    <Workspace>
      <Heading title="Reports" lead="Signed by whoever made them and by the server. They can be verified here without a connection, and elsewhere without Drydock.">
        {report !== undefined && <Button variant="default" leftSection={<IconArrowLeft size={15} aria-hidden />} onClick={() => setOpened(null)}>All reports</Button>}
      </Heading>
      {report !== undefined ? (
        <ReportView key={report.report_id} report={report} />
      ) : (
        <>
          <VerifyReport />
          <Loaded query={reports}>
            {({ items, brought }) => (
              <div className={styles.lists}>
                <ExportedReports reports={items} onOpen={setOpened} />
                <BroughtReports reports={brought} />
              </div>
            )}
          </Loaded>
        </>
      )}
    </Workspace>
  );
}
