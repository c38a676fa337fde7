import { Group } from '@mantine/core';
import { useState } from 'react';
import { itemOutcomeSchema, type RunItem } from '../../../shared/core/run-item.ts';
import { isEnded } from '../../../shared/core/run-state.ts';
import { formatCount, formatDecimal } from '../../components/format.ts';
import { Card, CommandProblem, PlainTable, Waiting, numberCell } from '../../components/layout.tsx';
import { SegmentedBar } from '../../components/segmented-bar.tsx';
import { Tag } from '../../components/tag.tsx';
import { Shown } from '../../components/text.tsx';
import { TimeChart } from '../../components/time-chart.tsx';
import { outcomeWords, plainCode, runKindTitles, runStateWords } from '../../components/words.ts';
import { useOperatorQuery } from '../../operator.ts';
import styles from './execute.module.css';
import { ratesOf, useLiveRun, type RateSample } from './live-run.ts';
import { RunControls } from './run-controls.tsx';
import { type ReasonGroup, RunItems } from './run-items.tsx';
import { speedOf } from './speed.ts';

const FAILURES_POLL_MS = 2000;

/** A run as it goes, and as it ended: rows by outcome, rate, time left, failures by reason, every row. */
export function RunProgress({ runId, onItem }: { readonly runId: string; readonly onItem: (item: RunItem) => void }) {
  const { shown, problem, samples } = useLiveRun(runId);
  const [reason, setReason] = useState<ReasonGroup | undefined>(undefined);
  if (shown === undefined) return problem === undefined ? <Waiting label="Fetching the run" /> : <CommandProblem problem={problem} />;
  const { run } = shown;
  const ended = isEnded(run.state);
  const hasRate = !ended || samples.length > 3;
  return (
    <>
      <CommandProblem problem={problem} />
      <Card label="Progress">
        <SegmentedBar
          title={
            <Group gap={8} component="span">
              <span>{runKindTitles[run.kind]}{run.stage_percent === null ? '' : `, ${formatDecimal(run.stage_percent)} %`}: {formatCount(run.rows_done)} of {formatCount(run.rows_total)} rows</span>
              <Tag tone={runStateWords[run.state].tone} title={runStateWords[run.state].meaning}>{runStateWords[run.state].title}</Tag>
            </Group>
          }
          aside={speedOf(shown)}
          total={run.rows_total}
          segments={itemOutcomeSchema.options.map((outcome) => ({ label: outcomeWords[outcome].title.toLowerCase(), count: run.counts[outcome], tone: outcomeWords[outcome].tone }))}
        />
        <div role="status" className={styles.message}>{run.message !== null && <Shown text={run.message} />}{shown.from_mirror && ' As last seen: the server cannot be reached.'}</div>
        {!ended && <RunControls run={run} />}
      </Card>
      {hasRate && (
        <div className={styles.two}>
          <Rate samples={samples} />
          <Outcomes samples={samples} />
        </div>
      )}
      <Failures runId={runId} ended={ended} onReason={setReason} />
      <RunItems run={run} reason={reason} onReason={setReason} onItem={onItem} />
    </>
  );
}

function Rate({ samples }: { readonly samples: readonly RateSample[] }) {
  const { times, rates } = ratesOf(samples);
  return (
    <Card label="Rate">
      <h2>Rows a second</h2>
      {times.length < 2 ? <p className={styles.hint}>The rate is drawn as rows are settled.</p> : <TimeChart label="Rows a second over time" heightPx={130} times={times} lines={[{ label: 'rows a second', tone: 'blue', values: rates }]} />}
    </Card>
  );
}

/** Rows by outcome as they were settled, from none: the words below say what the lines end at. */
function Outcomes({ samples }: { readonly samples: readonly RateSample[] }) {
  const last = samples.at(-1);
  const seen = itemOutcomeSchema.options.filter((outcome) => (last?.counts[outcome] ?? 0) > 0);
  return (
    <Card label="Outcomes">
      <h2>Rows settled</h2>
      {samples.length < 3 || seen.length === 0 ? (
        <p className={styles.hint}>The outcomes are drawn as rows are settled.</p>
      ) : (
        <>
          <TimeChart label="Rows by outcome over time" heightPx={130} times={samples.map(({ atS }) => atS)} lines={seen.map((outcome) => ({ label: outcomeWords[outcome].title, tone: outcomeWords[outcome].tone, values: samples.map(({ counts }) => counts[outcome]) }))} />
          <p className={styles.hint}>So far: {seen.map((outcome) => `${formatCount(last?.counts[outcome] ?? 0)} ${outcomeWords[outcome].title.toLowerCase()}`).join(', ')}.</p>
        </>
      )}
    </Card>
  );
}

function Failures({ runId, ended, onReason }: { readonly runId: string; readonly ended: boolean; readonly onReason: (reason: ReasonGroup) => void }) {
  const failures = useOperatorQuery('runs.failuresByReason', { run_id: runId }, ended ? {} : { pollMs: FAILURES_POLL_MS });
  const items = failures.value?.items ?? [];
  return (
    <Card label="Failures by reason">
      <h2>Not applied, by reason</h2>
      {items.length === 0 ? (
        <p className={styles.hint}>{ended ? 'Nothing failed and nothing had drifted.' : 'Nothing so far.'}</p>
      ) : (
        <PlainTable label="Reasons">
          <thead><tr><th scope="col">Outcome</th><th scope="col">Reason</th><th scope="col" className={numberCell}>Rows</th></tr></thead>
          <tbody>
            {items.map((item) => (
              <tr key={`${item.outcome} ${item.code} ${item.message}`}>
                <td>{plainCode(item.outcome)}</td>
                <td><ReasonLink item={item} onReason={onReason} /></td>
                <td className={numberCell}>{formatCount(item.count)}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
    </Card>
  );
}

/** Shows the rows of a group below, from which each one opens with planned and now. */
function ReasonLink({ item, onReason }: { readonly item: { readonly outcome: string; readonly code: string; readonly message: string }; readonly onReason: (reason: ReasonGroup) => void }) {
  const outcome = itemOutcomeSchema.safeParse(item.outcome);
  const text = <Shown text={item.message === '' ? plainCode(item.code) : item.message} />;
  if (!outcome.success) return text;
  return <button type="button" className={styles.link} title="Show these rows below" onClick={() => onReason({ outcome: outcome.data, message: item.message })}>{text}</button>;
}
