import { Group } from '@mantine/core';
import type { RunItem } from '../../../shared/core/run-item.ts';
import { ChangeTable, PlannedAndNow } from '../../components/change-cell.tsx';
import { Aside, Facts } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { Tag } from '../../components/tag.tsx';
import { Email, Shown, When } from '../../components/text.tsx';
import { outcomeWords } from '../../components/words.ts';

/** One settled row whole: what it was and became, or what was planned and found instead. */
export function ItemPanel({ item, onClose }: { readonly item: RunItem; readonly onClose: () => void }) {
  const word = outcomeWords[item.outcome];
  const { before, after } = item;
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
      {after !== null && <ChangeTable label="Changes" changes={Object.keys(after).map((field) => ({ field, before: copyOf(before?.[field]), after: copyOf(after[field]) }))} />}
      {(item.outcome === 'drifted' || item.outcome === 'kept_changed_since') && <PlannedAndNow planned={item.planned} now={item.now} />}
    </Aside>
  );
}

function copyOf(value: string | number | boolean | null | readonly string[] | undefined): string | number | boolean | null | string[] {
  if (value === undefined) return null;
  return typeof value === 'object' && value !== null ? [...value] : value;
}
