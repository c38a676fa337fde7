import { Button, Group } from '@mantine/core';
import type { ShownPlanRow } from '../../../shared/contract/operator/plans.ts';
import { testRowKind } from '../../../shared/core/test-rows.ts';
import { ChangeTable, FactTable } from '../../components/change-cell.tsx';
import { Aside, Facts } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { Tag } from '../../components/tag.tsx';
import { Email, Personal, Shown } from '../../components/text.tsx';
import { actionWords, matchWords, wordingOf } from '../../components/words.ts';
import type { Answer } from '../../stores/review.ts';
import styles from './dry-run.module.css';

interface RowPanelProps {
  readonly row: ShownPlanRow;
  readonly answer: Answer;
  readonly isPicked: boolean;
  onAnswer(answer: Answer): void;
  onPick(): void;
  onClose(): void;
}

/** One row whole: how it was matched and why, every change, what must still be so when it is written. */
export function RowPanel({ row, answer, isPicked, onAnswer, onPick, onClose }: RowPanelProps) {
  const action = actionWords[row.action];
  const match = matchWords[row.match];
  const isWritten = testRowKind(row) !== undefined;
  return (
    <Aside title={<Personal text={row.full_name ?? row.email} />} label={`Row ${row.row}`} onClose={onClose}>
      <Group gap={6}>
        <Tag tone={action.tone}>{action.title}</Tag>
        <Tag tone={match.tone}>{match.title}</Tag>
        {isPicked && <Tag tone="blue">Test row</Tag>}
        {answer === 'acknowledged' && <Tag tone="green">Acknowledged</Tag>}
      </Group>
      <Facts
        items={[
          ['Row', String(row.row)],
          ['E-mail', <Email key="email" address={row.email} />],
          ['Customer', row.user_id === null ? (row.action === 'CREATE_NEW' ? 'a new profile' : 'none that may be named') : <Shown key="user" text={row.user_id} />],
        ]}
      />
      {row.reason !== undefined && <Note tone={row.action === 'BLOCKED' ? 'red' : 'blue'} title={row.action === 'BLOCKED' ? 'Blocked' : 'Why'}><Shown text={row.reason} /></Note>}
      <p className={styles.meaning}>{match.meaning}{row.candidates === undefined ? '' : ` There are ${row.candidates}.`} {action.meaning}</p>
      {row.warnings.map((code) => <Note key={code} tone="amber" title={wordingOf(code).reason}>{wordingOf(code).remedy}</Note>)}
      {row.changes.length > 0 && <ChangeTable changes={row.changes} label="Changes" />}
      {Object.keys(row.precondition).length > 0 && (
        <section>
          <h3 className={styles.subtitle}>Must still be so when it is written</h3>
          <FactTable facts={row.precondition} label="Precondition" />
        </section>
      )}
      <Group gap="xs" grow>
        {isWritten && <Button variant={isPicked ? 'filled' : 'default'} aria-pressed={isPicked} onClick={onPick}>{isPicked ? 'Is a test row' : 'Use as test row'}</Button>}
        {answer === 'skip' ? (
          <Button variant="default" onClick={() => onAnswer('undecided')}>Put it back in</Button>
        ) : (
          isWritten && <Button variant="default" onClick={() => onAnswer('skip')}>Leave it out</Button>
        )}
      </Group>
    </Aside>
  );
}
