import { Select } from '@mantine/core';
import { useState } from 'react';
import { formatLocal } from '../../components/format.ts';
import { Empty, Heading, Loaded, Workspace } from '../../components/layout.tsx';
import { useOperatorQuery } from '../../operator.ts';
import type { StepProps } from '../step-props.ts';
import { ExportReport } from './export-report.tsx';
import { ReportView } from './report-view.tsx';
import styles from './report.module.css';

/** Report: export, preview, keep, and verify it here. */
export function ReportStep({ executedRunId: runId }: StepProps) {
  const reports = useOperatorQuery('reports.list', {});
  const [chosen, setChosen] = useState<string | null>(null);
  if (runId === undefined) return null;
  return (
    <Workspace>
      <Heading title="Report" lead="Signed twice: by the server, which says what it did, and by your key. It can be checked years later without Drydock and without the network." />
      <Loaded query={reports}>
        {({ items }) => {
          const ofRun = items.filter((report) => report.run_id === runId);
          const shown = ofRun.find((report) => report.report_id === chosen) ?? ofRun[0];
          return (
            <>
              <div className={styles.bar}>
                <ExportReport runId={runId} isFirst={ofRun.length === 0} onExported={(report) => setChosen(report.report_id)} />
                {shown !== undefined && ofRun.length > 1 && (
                  <Select aria-label="Which report" w={260} allowDeselect={false} value={shown.report_id} onChange={setChosen} data={ofRun.map((report) => ({ value: report.report_id, label: `${formatLocal(report.exported_at)}${report.redacted ? ', redacted' : ''}` }))} />
                )}
              </div>
              {shown === undefined ? <Empty title="No report has been exported yet">It holds every row with its outcome, the approvals, the rejects, the journal of this run and the server's receipt. Gates that were not passed are named in it.</Empty> : <ReportView key={shown.report_id} report={shown} />}
            </>
          );
        }}
      </Loaded>
    </Workspace>
  );
}
