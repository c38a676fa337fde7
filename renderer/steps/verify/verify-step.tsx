import { Button, Select } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useState } from 'react';
import type { RunItem } from '../../../shared/core/run-item.ts';
import { isEnded } from '../../../shared/core/run-state.ts';
import { formatLocal } from '../../components/format.ts';
import { Heading, Loaded, Workspace } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { runKindTitles } from '../../components/words.ts';
import { useOperatorQuery } from '../../operator.ts';
import { usePlace } from '../../stores/place.ts';
import { ItemPanel } from '../execute/item-panel.tsx';
import type { StepProps } from '../step-props.ts';
import { EarlierVerifications } from './earlier-verifications.tsx';
import { StartVerification } from './start-verification.tsx';
import { VerificationResult } from './verification-result.tsx';

/** Verify: what a run wrote is read back and compared, a random sample or every row. */
export function VerifyStep({ migration, executedRunId, anyExecutionId }: StepProps) {
  const openStep = usePlace((state) => state.openStep);
  const openVerification = usePlace((state) => state.openVerification);
  const wanted = usePlace((state) => state.runToVerify);
  const [shownId, setShownId] = useState<string | null>(null);
  const [item, setItem] = useState<RunItem | undefined>(undefined);
  const runs = useOperatorQuery('runs.list', { migration: migration.id });
  const runId = wanted ?? anyExecutionId;
  const verifications = useOperatorQuery('runs.list', runId === undefined ? null : { migration: migration.id, kind: 'verification', q: runId });
  if (runId === undefined) return null;
  return (
    <Workspace aside={item !== undefined && <ItemPanel item={item} onClose={() => setItem(undefined)} />}>
      <Heading title="Verify" lead="The server reads back what a run says it wrote, and compares it with what is there. It writes to no customer.">
        {executedRunId !== undefined && <Button rightSection={<IconArrowRight size={15} aria-hidden />} onClick={() => openStep('report')}>Go to the report</Button>}
      </Heading>
      <Loaded query={runs}>
        {({ items }) => {
          const writing = items.filter(({ run }) => run.kind === 'execution' || run.kind === 'test_run');
          const verified = writing.find(({ run }) => run.run_id === runId)?.run;
          const earlier = verifications.value?.items ?? [];
          const shown = shownId ?? earlier[0]?.run.run_id;
          const choose = (chosen: string | null): void => {
            if (chosen === null) return;
            setShownId(null);
            setItem(undefined);
            openVerification(migration.id, chosen);
          };
          return (
            <>
              {writing.length > 1 && (
                <Select label="Run to verify" w={360} allowDeselect={false} value={runId} onChange={choose} data={writing.map(({ run }) => ({ value: run.run_id, label: `${runKindTitles[run.kind]}${run.stage_percent === null ? '' : ` ${run.stage_percent} %`}, ${formatLocal(run.created_at)}` }))} />
              )}
              {verified === undefined ? (
                <Note tone="amber" title="This run is not known here">Choose another one, or open it from Runs.</Note>
              ) : (
                <>
                  {!isEnded(verified.state) && <Note tone="blue" title="The run goes on">Only what it has written so far can be read back.</Note>}
                  <StartVerification key={runId} run={verified} onVerified={setShownId} />
                  {shown !== undefined && <VerificationResult key={shown} verificationId={shown} verified={verified} onItem={setItem} />}
                  <EarlierVerifications query={verifications} shownId={shown} onShow={setShownId} />
                </>
              )}
            </>
          );
        }}
      </Loaded>
    </Workspace>
  );
}
