import { Button, CloseButton } from '@mantine/core';
import { IconFileZip, IconFolderOpen, IconKey, IconShieldSearch } from '@tabler/icons-react';
import { Card, CommandProblem, Waiting } from '../components/layout.tsx';
import { DropArea } from '../components/drop-area.tsx';
import { Shown } from '../components/text.tsx';
import { VerdictList } from '../steps/report/verdict-list.tsx';
import { type ReportVerification, useReportVerification } from './report-verification.ts';
import styles from './reports.module.css';

/** Verifies a report from wherever it comes: dropped or chosen, with the server, from memory, or by a file of signers alone. */
export function VerifyReport() {
  const verification = useReportVerification();
  const { busy, problem, report, verdict } = verification;
  return (
    <Card label="Verify a report" className={styles.verify ?? ''}>
      <div className={styles.head}>
        <h2>Verify a report</h2>
        {report !== null && !busy && <Button variant="default" size="compact-sm" onClick={verification.close}>Close it</Button>}
      </div>
      <div className={styles.drops}>
        <ReportDrop verification={verification} />
        <SignersDrop verification={verification} />
      </div>
      <CommandProblem problem={problem} />
      {busy && <Waiting label="Verifying the report" />}
      {verdict !== undefined && !busy && (
        <div className={styles.verdict} role="group" aria-label={`Verdict on ${verdict.folder_name}`} aria-live="polite">
          <VerdictList verdict={verdict} name={verdict.folder_name} onSigners={verification.signers === null ? verification.chooseSigners : undefined} />
        </div>
      )}
    </Card>
  );
}

function ReportDrop({ verification: { busy, report, drop, choose } }: { readonly verification: ReportVerification }) {
  return (
    <DropArea label="Drop a report here" disabled={busy} onDrop={drop}>
      <div className={styles.what}><IconShieldSearch size={18} aria-hidden /> {report === null ? <span>Drop a report’s zip or its folder here</span> : <span><Shown text={report.name} />; drop another here to verify that</span>}</div>
      <div className={styles.buttons}>
        <Button size="compact-sm" leftSection={<IconFileZip size={14} aria-hidden />} disabled={busy} onClick={() => choose('zip')}>Choose a zip</Button>
        <Button size="compact-sm" variant="default" leftSection={<IconFolderOpen size={14} aria-hidden />} disabled={busy} onClick={() => choose('folder')}>Choose a folder</Button>
      </div>
    </DropArea>
  );
}

/** Apart from the report on purpose: a bundle that names its own signers proves nothing. */
function SignersDrop({ verification: { busy, signers, dropSigners, chooseSigners, forgetSigners } }: { readonly verification: ReportVerification }) {
  return (
    <DropArea label="Drop a file of signers here" disabled={busy} onDrop={dropSigners}>
      <div className={styles.what}>
        <IconKey size={18} aria-hidden />
        {signers === null ? <span>Who may sign: as the environments set up here say</span> : <span>Who may sign: <Shown text={signers.file_name} /> alone</span>}
        {signers !== null && <CloseButton size="sm" aria-label="Leave the file of signers out" disabled={busy} onClick={forgetSigners} />}
      </div>
      <div className={styles.buttons}>
        <Button size="compact-sm" variant="default" disabled={busy} onClick={chooseSigners}>Choose allowed_signers</Button>
        <span className={styles.hint}>Optional. From the environment’s owner.</span>
      </div>
    </DropArea>
  );
}
