import { Button, Group } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { Note, ProblemNotice } from '../components/problem-notice.tsx';
import { Shown } from '../components/text.tsx';
import { useOperatorCommand } from '../operator.ts';
import type { PickedFile } from '../host.ts';
import { useOfferedFile } from '../stores/offered-file.ts';
import { usePlace } from '../stores/place.ts';
import { useSourceFile } from '../stores/source-file.ts';
import styles from './frame.module.css';
import { useSession } from './session.tsx';

/** A CSV that was opened with Drydock: it is offered, over whatever is shown, and nothing there is lost by it. */
export function OfferedFile() {
  const { migration, connection } = useSession();
  const { file, isWanted, problem, want, fail, clear } = useOfferedFile();
  const check = useOperatorCommand('sources.check');
  const release = useOperatorCommand('app.releaseFile');
  const { keep, keepCheck } = useSourceFile();
  const openStep = usePlace((state) => state.openStep);
  const isReady = migration !== undefined && connection?.state === 'connected';

  const load = async (wanted: PickedFile, playbook: string): Promise<void> => {
    openStep('load');
    keep(wanted);
    const found = await check.run({ handle: wanted.handle, playbook });
    if (useOfferedFile.getState().file?.handle !== wanted.handle) return;
    clear();
    if (found === undefined) return;
    keepCheck(found);
    openStep('check');
  };
  const begun = useRef<string | null>(null);
  useEffect(() => {
    if (file === null || !isWanted || !isReady || begun.current === file.handle) return;
    begun.current = file.handle;
    load(file, migration.playbook).catch(fail);
  });

  const shownProblem = problem ?? check.problem;
  if (file === null && shownProblem === undefined) return null;
  return (
    <div className={styles.offered} role="region" aria-label="Opened file">
      {shownProblem !== undefined && shownProblem !== null && <ProblemNotice problem={shownProblem} retryLabel="Close" onRetry={() => { check.clear(); if (file === null) clear(); else useOfferedFile.setState({ problem: null }); }} />}
      {file !== null && (
        <Note
          tone="blue"
          title={<Shown text={file.file_name} />}
          action={
            <Group gap="xs" wrap="nowrap">
              <Button variant="default" disabled={check.busy} onClick={() => { void release.run({ handle: file.handle }); clear(); }}>Leave it</Button>
              <Button loading={check.busy} disabled={!isReady} onClick={want}>Load it</Button>
            </Group>
          }
        >
          {isReady ? 'was opened with Drydock. What is loaded now stays until you load this one.' : 'was opened with Drydock. It can be loaded when an environment is connected and a migration chosen.'}
        </Note>
      )}
    </div>
  );
}
