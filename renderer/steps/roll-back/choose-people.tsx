import { Button, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconCheck } from '@tabler/icons-react';
import { useCallback, useRef, useState } from 'react';
import { foldEmail } from '../../../shared/core/email.ts';
import type { Member } from '../../../shared/core/member.ts';
import type { OperatorProblem } from '../../../shared/contract/operator/reply.ts';
import { useCursorRows } from '../../components/cursor-rows.ts';
import { counted, formatCount, people } from '../../components/format.ts';
import { Card, CommandProblem } from '../../components/layout.tsx';
import { Note, ProblemNotice } from '../../components/problem-notice.tsx';
import { RowGrid, type GridColumn } from '../../components/row-grid.tsx';
import { Tag } from '../../components/tag.tsx';
import { Email, When } from '../../components/text.tsx';
import { memberStateWords } from '../../components/words.ts';
import { problemOf, useOperator } from '../../operator.ts';
import styles from './roll-back.module.css';

/** Members that are fetched to be searched; beyond them a pasted address is looked up by itself. */
const SEARCHED_MAX = 20_000;
/** Addresses pasted at a time: each is looked up. */
const PASTED_MAX = 1000;

interface ChoosePeopleProps {
  readonly migration: string;
  readonly picked: readonly string[];
  readonly isForAll: boolean;
  onPicked(picked: readonly string[]): void;
  onForAll(isForAll: boolean): void;
}

/** Whom to put back: everybody, or customers picked from the members or pasted as a list. */
export function ChoosePeople({ migration, picked, isForAll, onPicked, onForAll }: ChoosePeopleProps) {
  return (
    <Card label="Whom to put back">
      <div className={styles.stack}>
        <SegmentedControl aria-label="Whom to put back" value={isForAll ? 'all' : 'some'} onChange={(value) => onForAll(value === 'all')} data={[{ value: 'some', label: 'Chosen customers' }, { value: 'all', label: 'Everyone' }]} />
        {isForAll ? (
          <p className={styles.hint}>Everybody whom a run of this migration has written, test runs and earlier executions included.</p>
        ) : (
          <>
            <MemberGrid migration={migration} picked={picked} onPicked={onPicked} />
            <PasteAddresses migration={migration} picked={picked} onPicked={onPicked} />
            <div className={styles.row}>
              <strong role="status">{picked.length === 0 ? 'Nobody is chosen yet' : `${people(picked.length)} chosen`}</strong>
              {picked.length > 0 && <Button variant="default" onClick={() => onPicked([])}>Choose nobody</Button>}
            </div>
          </>
        )}
      </div>
    </Card>
  );
}

type PickProps = Pick<ChoosePeopleProps, 'migration' | 'picked' | 'onPicked'>;

function MemberGrid({ migration, picked, onPicked }: PickProps) {
  const client = useOperator();
  const [text, setText] = useState('');
  const [cursor, setCursor] = useState(-1);
  const search = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => search.current?.focus()]]);
  const q = text.trim().toLowerCase();
  const keep = useCallback((member: Member) => member.email.includes(q), [q]);
  const rows = useCursorRows<Member>(migration, (after) => client.call('members.list', { migration, ...(after === undefined ? {} : { after }) }), { keep: q === '' ? undefined : keep, maxRows: SEARCHED_MAX });
  const toggle = ({ email }: Member): void => onPicked(picked.includes(email) ? picked.filter((other) => other !== email) : [...picked, email]);
  const columns: readonly GridColumn<Member>[] = [
    { id: 'picked', title: 'Chosen', width: '70px', render: ({ email }) => (picked.includes(email) ? <IconCheck size={15} stroke={3} aria-label="chosen" /> : '') },
    { id: 'email', title: 'E-mail', width: 'minmax(200px, 1.4fr)', render: ({ email }) => <span><Email address={email} /></span> },
    { id: 'state', title: 'State', width: '130px', render: ({ state }) => <Tag tone={memberStateWords[state].tone} title={memberStateWords[state].meaning}>{memberStateWords[state].title}</Tag> },
    { id: 'prepared', title: 'Prepared', width: '170px', render: (member) => <When at={member.prepared_at} /> },
  ];
  return (
    <div className={styles.grid}>
      <TextInput ref={search} type="search" aria-label="Search members" placeholder="Search e-mail  ( / )" value={text} onChange={(event) => setText(event.currentTarget.value)} w={280} />
      {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
      <RowGrid label="Members" columns={columns} rows={rows} minWidthPx={600} cursor={cursor} emptyText={q === '' ? 'The cohort has no member.' : rows.isWhole ? 'No member has such an address.' : `Not among the first ${formatCount(rows.fetched)} members. Paste the whole address below.`} onCursor={setCursor} onOpen={toggle} onPick={toggle} />
    </div>
  );
}

function PasteAddresses({ migration, picked, onPicked }: PickProps) {
  const client = useOperator();
  const [text, setText] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<OperatorProblem | undefined>(undefined);
  const [refused, setRefused] = useState<readonly string[]>([]);
  const parts = [...new Set(text.split(/[\s,;]+/).filter((part) => part !== ''))];
  const isTooMany = parts.length > PASTED_MAX;
  const add = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const found: string[] = [];
      const unknown: string[] = [];
      for (const part of parts) {
        const folded = foldEmail(part);
        const members = folded.ok ? (await client.call('members.list', { migration, email: folded.email })).items : [];
        if (folded.ok && members.length > 0) found.push(folded.email);
        else unknown.push(part);
      }
      onPicked([...new Set([...picked, ...found])]);
      setRefused(unknown);
      setText('');
    } catch (thrown) {
      setProblem(problemOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div className={styles.row}>
        <Textarea label="Or paste addresses" description="Apart by spaces, commas or line breaks" value={text} onChange={(event) => setText(event.currentTarget.value)} autosize minRows={1} maxRows={4} w={420} error={isTooMany ? `At most ${formatCount(PASTED_MAX)} at a time` : null} />
        <Button variant="default" loading={isBusy} disabled={parts.length === 0 || isTooMany} onClick={() => void add()}>Add them</Button>
      </div>
      <CommandProblem problem={problem} />
      {refused.length > 0 && (
        <Note tone="amber" title={`${counted(refused.length, 'address').replace('addresss', 'addresses')} not in the cohort`}>
          They are left out: {refused.slice(0, 20).map((part, index) => <span key={part}>{index > 0 && ', '}<Email address={part} /></span>)}{refused.length > 20 && ` and ${formatCount(refused.length - 20)} more`}.
        </Note>
      )}
    </>
  );
}
