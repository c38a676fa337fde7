import { Button } from '@mantine/core';
import { IconArrowRight, IconDownload, IconFileUpload } from '@tabler/icons-react';
import type { CheckSummary } from '../../../shared/contract/operator/sources.ts';
import { useDownload } from '../../components/download.ts';
import { formatBytes, formatCount } from '../../components/format.ts';
import { Card, CommandProblem, Facts, Heading, Workspace } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { SegmentedBar } from '../../components/segmented-bar.tsx';
import { Hash, Shown } from '../../components/text.tsx';
import { wordingOf } from '../../components/words.ts';
import { useOperatorCommand } from '../../operator.ts';
import type { StepProps } from '../step-props.ts';
import { usePlace } from '../../stores/place.ts';
import { useSourceFile } from '../../stores/source-file.ts';
import { useFileLoading, type FileLoading } from '../load/file-loading.ts';
import { checkSentence, delimiterName, windowRemedy } from './check-words.ts';
import { ColumnMapping } from './column-mapping.tsx';
import { LeftOut } from './left-out.tsx';
import styles from './check-step.module.css';

/** Check: what can go on, what not and why, and how the columns were understood. */
export function CheckStep({ way, migration }: StepProps) {
  const { source } = way;
  const loading = useFileLoading(migration.playbook);
  const canCheckAgain = useSourceFile((state) => state.picked !== null);
  const checked = useSourceFile((state) => state.checked);
  if (source === null) return null;
  return (
    <Workspace>
      <Heading title="Check">
        <CheckActions source={source} migrationId={migration.id} loading={loading} hasPlan={way.plan !== null && way.plan.source_id === source.source_id} />
      </Heading>
      <CommandProblem problem={loading.problem} />
      {source.file_error === null ? <Counts source={source} /> : <FileRefused source={source} error={source.file_error} loading={loading} canCheckAgain={canCheckAgain} />}
      {source.file_error === null && <LeftOut key={source.source_id} source={source} />}
      <div className={styles.two}>
        <FileFacts source={source} />
        {source.headers.length > 0 && (
          <ColumnMapping key={source.source_id} source={checked?.source_id === source.source_id ? checked : source} canCheckAgain={canCheckAgain} busy={loading.busy} onCheckAgain={(mapping) => loading.checkAgain({ mapping })} />
        )}
      </div>
    </Workspace>
  );
}

function CheckActions({ source, migrationId, loading, hasPlan }: { readonly source: CheckSummary; readonly migrationId: string; readonly loading: FileLoading; readonly hasPlan: boolean }) {
  const openStep = usePlace((state) => state.openStep);
  const exportRejects = useOperatorCommand('sources.exportRejects');
  const dryRun = useOperatorCommand('plans.dryRun');
  const rejects = useDownload();
  const canGoOn = source.file_error === null && source.accepted > 0;
  const leftOut = source.rejected_count + source.duplicate_count;
  const plan = async (): Promise<void> => {
    if (hasPlan || (await dryRun.run({ migration: migrationId, source_id: source.source_id })) !== undefined) openStep('dry_run');
  };
  const download = async (): Promise<void> => rejects.keep(await exportRejects.run({ source_id: source.source_id }));
  return (
    <>
      {leftOut > 0 && <Button variant="default" leftSection={<IconDownload size={15} aria-hidden />} loading={exportRejects.busy} onClick={() => void download()}>Export rejects</Button>}
      <Button variant={canGoOn ? 'default' : 'filled'} leftSection={<IconFileUpload size={15} aria-hidden />} loading={loading.busy} onClick={loading.choose}>Replace the file</Button>
      {canGoOn && <Button rightSection={<IconArrowRight size={15} aria-hidden />} loading={dryRun.busy} onClick={() => void plan()}>{hasPlan ? 'See the dry run' : 'Start the dry run'}</Button>}
      <div style={{ flexBasis: '100%' }}>
        <CommandProblem problem={dryRun.problem ?? exportRejects.problem ?? rejects.problem} />
      </div>
    </>
  );
}

function Counts({ source }: { readonly source: CheckSummary }) {
  return (
    <Card label="Result of the check">
      <SegmentedBar
        title={checkSentence(source)}
        total={source.rows}
        segments={[
          { label: 'go on', count: source.accepted, tone: 'blue' },
          { label: source.duplicate_count === 1 ? 'duplicate' : 'duplicates', count: source.duplicate_count, tone: 'amber' },
          { label: 'rejected', count: source.rejected_count, tone: 'red' },
        ]}
      />
    </Card>
  );
}

function FileFacts({ source }: { readonly source: CheckSummary }) {
  return (
    <section aria-label="File" className={styles.section}>
      <h2>File</h2>
      <Card>
        <Facts
          items={[
            ['Name', <Shown key="name" text={source.file} />],
            ['Size', formatBytes(source.bytes)],
            ['SHA-256', <Hash key="sha" value={source.sha256} label="SHA-256 of the file" />],
            ['Encoding', source.encoding ?? 'not known'],
            ['Delimiter', delimiterName(source.delimiter)],
            ['Rows', `${formatCount(source.rows)}${source.blank > 0 ? `, and ${formatCount(source.blank)} blank` : ''}`],
            ['Cohort', source.cohort === null ? 'none' : <Hash key="cohort" value={source.cohort} label="hash of the cohort" />],
          ]}
        />
      </Card>
    </section>
  );
}

const ENCODING_CODES: readonly string[] = ['not_utf8', 'truncated_character'];

function FileRefused({ source, error, loading, canCheckAgain }: { readonly source: CheckSummary; readonly error: NonNullable<CheckSummary['file_error']>; readonly loading: FileLoading; readonly canCheckAgain: boolean }) {
  const wording = wordingOf(error.code);
  const particulars = error.detail.replace(/^Line \d+: /, '').replace(wording.reason, '').replace(wording.remedy, '').trim();
  return (
    <Note
      tone="red"
      title={`The file was refused as a whole${error.line === null ? '' : `, at line ${formatCount(error.line)}`}: nothing of it goes on`}
      action={
        canCheckAgain && ENCODING_CODES.includes(error.code) && <Button variant="default" loading={loading.busy} onClick={() => loading.checkAgain({ encoding: 'windows-1252' })}>Read it as Windows-1252</Button>
      }
    >
      <div><Shown text={source.file} />: {wording.reason}</div>
      {particulars !== '' && <div><Shown text={particulars} /></div>}
      <div>{windowRemedy(error.code) ?? wording.remedy}</div>
    </Note>
  );
}
