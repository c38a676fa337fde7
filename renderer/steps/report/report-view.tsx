import { Button, Tabs } from '@mantine/core';
import { IconDownload, IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import type { OperatorProblem } from '../../../shared/contract/operator/reply.ts';
import type { ListedReport, VerifiedReport } from '../../../shared/contract/operator/reports.ts';
import { useDownload } from '../../components/download.ts';
import { formatBytes } from '../../components/format.ts';
import { Card, CommandProblem, Empty, Facts, Loaded, Waiting } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { Shown, When } from '../../components/text.tsx';
import { useOperatorCommand, useOperatorQuery } from '../../operator.ts';
import { usePreferences } from '../../stores/preferences.ts';
import { VerdictList } from './verdict-list.tsx';
import { Verified } from './verified.tsx';
import styles from './report.module.css';

/** One exported report: read it, keep it, check it. */
export function ReportView({ report }: { readonly report: ListedReport }) {
  const saving = useDownload();
  const download = useOperatorCommand('reports.download');
  const verify = useOperatorCommand('reports.verify');
  const [verdict, setVerdict] = useState<VerifiedReport | undefined>(undefined);
  const [tab, setTab] = useState<string | null>('preview');
  const verifyHere = async (): Promise<void> => {
    setTab('verify');
    setVerdict(await verify.run({ report_id: report.report_id }));
  };
  const keep = async (): Promise<void> => saving.keep(await download.run({ report_id: report.report_id }));
  return (
    <>
      <Card label="Exported report">
        <Facts
          items={[
            ['Exported', <When key="at" at={report.exported_at} />],
            ['Folder', <Shown key="folder" text={report.folder} />],
            ['Verified', report.verification === null ? 'not yet' : <Verified key="verified" verification={report.verification} />],
            ['Personal data', report.redacted ? 'replaced by hashes' : 'included'],
            ['Files', <ul key="files" className={styles.files}>{report.files.map((file) => <li key={file.name}>{file.name} ({formatBytes(file.bytes)})</li>)}</ul>],
          ]}
        />
      </Card>
      {report.as_of !== undefined && <Note tone="amber" title="The server could not be asked">The report was made of what is kept here, and tells what was known on <When at={report.as_of} />. Export another when the server can be reached, if something was decided or read back since.</Note>}
      {report.left_out.length > 0 && <Note tone="grey" title="Left out">{report.left_out.join(' ')}</Note>}
      <CommandProblem problem={download.problem ?? saving.problem} />
      <div className={styles.bar}>
        <Button leftSection={<IconDownload size={15} aria-hidden />} loading={download.busy} onClick={() => void keep()}>Download the report</Button>
        <Button variant="default" leftSection={<IconShieldCheck size={15} aria-hidden />} loading={verify.busy} onClick={() => void verifyHere()}>Verify it here</Button>
        <span className={styles.hint}>Anyone can check it without Drydock: see VERIFY.txt inside.</span>
      </div>
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="preview">Preview</Tabs.Tab>
          <Tabs.Tab value="verify">Verification</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="preview" pt="sm"><Preview report={report} /></Tabs.Panel>
        <Tabs.Panel value="verify" pt="sm"><Verification verdict={verdict} busy={verify.busy} problem={verify.problem} onVerify={() => void verifyHere()} /></Tabs.Panel>
      </Tabs>
    </>
  );
}

/** A report is what was signed, so it cannot be masked: while the mask is on, one with personal data is not shown. */
function Preview({ report }: { readonly report: Pick<ListedReport, 'report_id' | 'redacted'> }) {
  const isMasked = usePreferences((state) => state.isMasked);
  const setMasked = usePreferences((state) => state.setMasked);
  const isHidden = isMasked && !report.redacted;
  const html = useOperatorQuery('reports.getHtml', isHidden ? null : { report_id: report.report_id });
  if (isHidden) {
    return (
      <Empty title="Not shown while personal data is masked" action={<Button variant="default" onClick={() => setMasked(false)}>Show personal data</Button>}>
        This report holds names and addresses as they are, and what is signed cannot be masked. Export another with personal data replaced by hashes to show it to others.
      </Empty>
    );
  }
  return <Loaded query={html}>{(value) => <iframe className={styles.preview} title="Preview of the report" sandbox="" srcDoc={value.html} style={{ height: '62vh' }} />}</Loaded>;
}

interface VerificationProps {
  readonly verdict: VerifiedReport | undefined;
  readonly busy: boolean;
  readonly problem: OperatorProblem | undefined;
  onVerify(): void;
}

function Verification({ verdict, busy, problem, onVerify }: VerificationProps) {
  if (busy) return <Waiting label="Verifying the report" />;
  if (problem !== undefined) return <CommandProblem problem={problem} onRetry={onVerify} />;
  if (verdict === undefined) return <Empty title="Not verified since it was opened" action={<Button variant="default" onClick={onVerify}>Verify it now</Button>}>Every file, both signatures and the receipt are checked, also without a connection.</Empty>;
  return <div className={styles.verdict}><VerdictList verdict={verdict} /></div>;
}
