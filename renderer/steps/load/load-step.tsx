import { Button, Progress } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconFileSpreadsheet, IconFileUpload } from '@tabler/icons-react';
import { formatBytes, counted } from '../../components/format.ts';
import { Card, CommandProblem, Facts, Heading, Workspace } from '../../components/layout.tsx';
import { Hash, Shown } from '../../components/text.tsx';
import { useOperatorQuery } from '../../operator.ts';
import type { StepProps } from '../step-props.ts';
import { usePlace } from '../../stores/place.ts';
import { useFileLoading, type FileLoading } from './file-loading.ts';
import styles from './load-step.module.css';

const PROGRESS_POLL_MS = 300;

/** Load: a drop zone, the sample, and what is loaded already. */
export function LoadStep({ way, migration, session }: StepProps) {
  const loading = useFileLoading(migration.playbook);
  const openStep = usePlace((state) => state.openStep);
  const info = useOperatorQuery('app.getInfo', {});
  const { source } = way;
  return (
    <Workspace>
      <Heading title="Load" lead="The CSV of the cohort: exactly these customers are looked at, and nobody else. The file is read on this machine." />
      <CommandProblem problem={loading.problem} />
      {loading.reading === null ? <FileDrop loading={loading} replaces={source !== null} /> : <Reading loading={loading} />}
      <div className={styles.actions}>
        {session.environment.kind === 'practice' && info.value?.sample_available === true && (
          <Button variant="default" leftSection={<IconFileSpreadsheet size={15} aria-hidden />} disabled={loading.busy} onClick={loading.sample}>Use the sample file</Button>
        )}
        <span className={styles.hint}>Columns: customer name, e-mail, Stripe customer id, and a signup date if there is one.</span>
      </div>
      {source !== null && loading.reading === null && (
        <Card label="Loaded file">
          <div className={styles.loaded}>
            <Facts
              items={[
                ['Loaded file', <Shown key="file" text={source.file} />],
                ['Size', `${formatBytes(source.bytes)}, ${counted(source.rows, 'row')}`],
                ['SHA-256', <Hash key="sha" value={source.sha256} label="SHA-256 of the file" />],
              ]}
            />
            <Button onClick={() => openStep('check')}>See the check</Button>
          </div>
        </Card>
      )}
    </Workspace>
  );
}

function FileDrop({ loading, replaces }: { readonly loading: FileLoading; readonly replaces: boolean }) {
  return (
    <Dropzone
      className={styles.zone ?? ''}
      onDrop={(files) => {
        const file = files[0];
        if (file !== undefined) loading.drop(file);
      }}
      multiple={false}
      activateOnClick={false}
      activateOnKeyboard={false}
      enablePointerEvents
      tabIndex={-1}
      role="region"
      aria-label="Drop a CSV file here"
      inputProps={{ 'aria-label': 'CSV file', tabIndex: -1 }}
      loading={loading.busy}
    >
      <div className={styles.inner}>
        <IconFileUpload size={34} stroke={1.4} aria-hidden />
        <div className={styles.big}>{replaces ? 'Drop another CSV here to replace the file' : 'Drop a CSV file here'}</div>
        <div className={styles.hint}>or</div>
        <Button onClick={loading.choose} disabled={loading.busy}>Choose a file</Button>
      </div>
    </Dropzone>
  );
}

function Reading({ loading }: { readonly loading: FileLoading }) {
  const progress = useOperatorQuery('sources.getProgress', loading.reading === null ? null : { handle: loading.reading.handle }, { pollMs: PROGRESS_POLL_MS });
  const read = progress.value?.bytes_read ?? 0;
  const total = progress.value?.bytes_total ?? 0;
  const percent = total === 0 ? 0 : (read / total) * 100;
  return (
    <Card label="Reading the file">
      <div className={styles.big}>Checking <Shown text={loading.reading?.file_name ?? 'the file'} /></div>
      <Progress value={percent === 0 ? 100 : percent} animated striped={percent === 0} my="xs" aria-label="Read so far" />
      <div className={styles.hint}>{total === 0 ? 'Reading' : `${formatBytes(read)} of ${formatBytes(total)}`}</div>
    </Card>
  );
}
