import { Button, Group } from '@mantine/core';
import type { RunItem } from '../../../shared/core/run-item.ts';
import { ChangeTable, PlannedAndNow } from '../../components/change-cell.tsx';
import { changesOf } from '../../components/item-changes.ts';
import { Aside, Facts } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { Tag } from '../../components/tag.tsx';
import { Email, Shown, When } from '../../components/text.tsx';
import { outcomeWords } from '../../components/words.ts';

/** One settled row whole: what it was and became, or what was planned and found instead. */
export function ItemPanel({ item, onClose, onRollBack }: { readonly item: RunItem; readonly onClose: () => void; readonly onRollBack?: (email: string) => void }) {
  const word = outcomeWords[item.outcome];
  const changes = changesOf(item);
  return (
    <Aside title={<Email address={item.email} />} label={`Row ${item.row} of the run`} onClose={onClose}>
      <Group gap={6}><Tag tone={word.tone}>{word.title}</Tag></Group>
      <div>{word.meaning}</div>
      <Facts
        items={[
          ['Row', String(item.row)],
          ['Place in the run', String(item.seq)],
          ['Customer', item.user_id === null ? '–' : <Shown key="user" text={item.user_id} />],
          ['Settled', <When key="at" at={item.at} />],
        ]}
      />
      {item.reason !== undefined && <Note tone="blue"><Shown text={item.reason} /></Note>}
      {item.outcome === 'failed' && <Note tone="red" title={item.code}><Shown text={item.message} /></Note>}
      {changes.length > 0 && <ChangeTable label="Changes" changes={changes} />}
      {(item.outcome === 'drifted' || item.outcome === 'kept_changed_since') && <PlannedAndNow planned={item.planned} now={item.now} />}
      {onRollBack !== undefined && item.outcome === 'applied' && <Button variant="default" onClick={() => onRollBack(item.email)}>Roll back this customer…</Button>}
    </Aside>
  );
}
