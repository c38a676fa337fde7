import { Button } from '@mantine/core';
import { IconEraser } from '@tabler/icons-react';
import { useState } from 'react';
import type { ErasePreview } from '../../shared/contract/operator/journal.ts';
import { Confirm } from '../components/confirm.tsx';
import { counted, formatCount } from '../components/format.ts';
import { Loaded } from '../components/layout.tsx';
import { Note } from '../components/problem-notice.tsx';
import { Shown } from '../components/text.tsx';
import { plainCode } from '../components/words.ts';
import { useOperatorCommand, useOperatorQuery } from '../operator.ts';
import styles from './screens.module.css';

/** Erasing the people of a run: what it does is shown first, and the run's name is typed. */
export function EraseRun({ runId }: { readonly runId: string }) {
  const [opened, setOpened] = useState(false);
  const [isErased, setErased] = useState(false);
  const preview = useOperatorQuery('journal.previewErase', opened ? { run_id: runId } : null);
  const erase = useOperatorCommand('journal.erase');
  const runs = preview.value?.runs.length ?? 1;

  async function confirm(): Promise<void> {
    if ((await erase.run({ run_id: runId })) === undefined) return;
    setErased(true);
    setOpened(false);
  }

  if (isErased) return <Note tone="green" title="Erased">Its people cannot be read here any more. The chain still verifies.</Note>;
  return (
    <>
      <Button variant="default" leftSection={<IconEraser size={15} aria-hidden />} onClick={() => setOpened(true)}>Erase its people</Button>
      <Confirm
        opened={opened}
        title={`Erase the people of ${counted(runs, 'run')}`}
        confirmLabel="Erase for good"
        danger
        busy={erase.busy}
        typed={{ label: `Type ${runId} to erase them`, text: preview.value === undefined ? '\u0000' : runId }}
        problem={erase.problem}
        onConfirm={() => void confirm()}
        onClose={() => setOpened(false)}
      >
        <Loaded query={preview}>{(value) => <Consequences preview={value} />}</Loaded>
      </Confirm>
    </>
  );
}

function Consequences({ preview }: { readonly preview: ErasePreview }) {
  const { runs, sealed_entries: entries, keys, reports } = preview;
  if (keys === 0) return <p className={styles.hint}>Nothing is left to erase of these people.</p>;
  return (
    <div className={styles.stack}>
      <span>The personal data of {formatCount(entries)} {entries === 1 ? 'entry' : 'entries'} becomes unreadable, for good, in this journal and in every backup of it. The entries stay, and the chain still verifies.</span>
      {runs.length > 1 && (
        <div>
          These runs are of the same people and lose them too:
          <ul>{runs.map(({ run_id: id, kind, state }) => <li key={id}><Shown text={id} />{kind === null ? '' : `, ${plainCode(kind)}`}{state === null ? '' : `, ${plainCode(state)}`}</li>)}</ul>
        </div>
      )}
      {reports.length > 0 && (
        <div>
          Exported reports are out of reach and still hold them:
          <ul>{reports.map(({ report_id: id, folder, redacted }) => <li key={id}><Shown text={folder} />{redacted ? ' (redacted)' : ''}</li>)}</ul>
        </div>
      )}
      <span>The server keeps what it has.</span>
    </div>
  );
}
