import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Member, MemberState } from '../../../shared/core/member.ts';
import { ExportView } from '../../components/export-view.tsx';
import { Empty, PlainTable, shortCell, Waiting } from '../../components/layout.tsx';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { Tag } from '../../components/tag.tsx';
import { Email, Personal, When } from '../../components/text.tsx';
import { memberStateWords } from '../../components/words.ts';
import { useOperatorQuery } from '../../operator.ts';
import { usePlace } from '../../stores/place.ts';

/** Members in one state, page after page as they are asked for. */
export function MemberList({ migration, state }: { readonly migration: string; readonly state: MemberState }) {
  const [cursors, setCursors] = useState<readonly (string | undefined)[]>([undefined]);
  const last = cursors.length - 1;
  return (
    <>
      <div><ExportView view={{ of: 'members', migration, state }} /></div>
      {cursors.map((after, index) => (
        <MemberPage key={after ?? ''} migration={migration} state={state} after={after} isLast={index === last} onMore={(cursor) => setCursors((known) => [...known, cursor])} />
      ))}
    </>
  );
}

interface MemberPageProps {
  readonly migration: string;
  readonly state: MemberState;
  readonly after: string | undefined;
  readonly isLast: boolean;
  onMore(cursor: string): void;
}

function MemberPage({ migration, state, after, isLast, onMore }: MemberPageProps) {
  const page = useOperatorQuery('members.list', { migration, state, ...(after === undefined ? {} : { after }) });
  if (page.value === undefined) return page.problem === undefined ? <Waiting label="Fetching members" /> : <ProblemNotice problem={page.problem} onRetry={page.reload} />;
  const { items, next_cursor: next } = page.value;
  if (items.length === 0 && after === undefined) return <Empty title="Nobody">{memberStateWords[state].title}: nobody of the cohort is at this point now.</Empty>;
  return (
    <>
      <PlainTable label={`Members: ${memberStateWords[state].title}`}>
        <thead><tr><th scope="col">E-mail</th><th scope="col">State</th><th scope="col">Prepared</th><th scope="col">Signed in</th><th scope="col">Completed</th><th scope="col">Stripe customer</th><th scope="col">Undo</th></tr></thead>
        <tbody>{items.map((member) => <MemberRow key={member.email} migration={migration} member={member} />)}</tbody>
      </PlainTable>
      {isLast && next !== null && <Button variant="default" onClick={() => onMore(next)}>Show more</Button>}
    </>
  );
}

function MemberRow({ migration, member }: { readonly migration: string; readonly member: Member }) {
  const openRollback = usePlace((state) => state.openRollback);
  const word = memberStateWords[member.state];
  return (
    <tr>
      <td className={shortCell}><Email address={member.email} /></td>
      <td><Tag tone={word.tone} title={word.meaning}>{word.title}</Tag></td>
      <td><When at={member.prepared_at} /></td>
      <td><When at={member.signed_in_at} /></td>
      <td><When at={member.completed_at} /></td>
      <td className={shortCell}>{member.stripe_customer_id === null ? '–' : <Personal text={member.stripe_customer_id} />}</td>
      <td>{member.prepared_at === null || member.state === 'rolled_back' ? '–' : <Button variant="default" size="compact-xs" onClick={() => openRollback(migration, [member.email])}>Roll back…</Button>}</td>
    </tr>
  );
}
