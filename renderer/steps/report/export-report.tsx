import { Button, Checkbox } from '@mantine/core';
import { IconFileCertificate } from '@tabler/icons-react';
import { useState } from 'react';
import type { ExportedReport } from '../../../shared/contract/operator/reports.ts';
import { CommandProblem } from '../../components/layout.tsx';
import { useOperatorCommand } from '../../operator.ts';
import styles from './report.module.css';

/** Exports the signed report of a run, with or without personal data. */
export function ExportReport({ runId, isFirst, onExported }: { readonly runId: string; readonly isFirst: boolean; readonly onExported: (report: ExportedReport) => void }) {
  const [redact, setRedact] = useState(false);
  const exporting = useOperatorCommand('reports.export');
  const start = async (): Promise<void> => {
    const made = await exporting.run({ run_id: runId, ...(redact ? { redact } : {}) });
    if (made !== undefined) onExported(made);
  };
  return (
    <>
      <div className={styles.bar}>
        <Button variant={isFirst ? 'filled' : 'default'} leftSection={<IconFileCertificate size={15} aria-hidden />} loading={exporting.busy} onClick={() => void start()}>{isFirst ? 'Export the report' : 'Export another'}</Button>
        <Checkbox label="Replace personal data by hashes" checked={redact} onChange={(event) => setRedact(event.currentTarget.checked)} />
      </div>
      <CommandProblem problem={exporting.problem} />
    </>
  );
}
