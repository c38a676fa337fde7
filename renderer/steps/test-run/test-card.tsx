import { Checkbox, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import type { Plan, ShownPlanRow } from '../../../shared/contract/operator/plans.ts';
import { maskEmail } from '../../../shared/core/mask.ts';
import type { TestRowKind } from '../../../shared/core/test-rows.ts';
import { ChangeLines } from '../../components/change-cell.tsx';
import { counted } from '../../components/format.ts';
import { Email, Personal } from '../../components/text.tsx';
import { useOperatorQuery } from '../../operator.ts';
import { usePreferences } from '../../stores/preferences.ts';
import type { Answer } from '../../stores/review.ts';
import { kindCards, kindFilter } from './test-kinds.ts';
import styles from './test-run.module.css';

const CHOICES_MAX = 50;
const SEARCH_DELAY_MS = 200;

interface TestCardProps {
  readonly plan: Plan;
  readonly kind: TestRowKind;
  readonly row: ShownPlanRow;
  readonly others: number;
  readonly answer: Answer;
  onChoose(email: string): void;
  onAnswer(answer: Answer): void;
}

/** One test row: who, what would change, another choice of the same kind, and for a name match the acknowledgement. */
export function TestCard({ plan, kind, row, others, answer, onChoose, onAnswer }: TestCardProps) {
  const { title, tries } = kindCards[kind];
  return (
    <section className={styles.card} aria-label={`Test row: ${title}`}>
      <h2>{title}</h2>
      <p className={styles.hint}>{tries}</p>
      <div>
        <div className={styles.name}><Personal text={row.full_name ?? ''} /></div>
        <Email address={row.email} />
      </div>
      <ChangeLines changes={row.changes} label={`Changes of ${title}`} />
      <div className={styles.bottom}>
        {kind === 'name_match' && <Checkbox label="I compared the two: this is the same person" checked={answer === 'acknowledged'} onChange={(event) => onAnswer(event.currentTarget.checked ? 'acknowledged' : 'undecided')} />}
        {others > 0 ? <OtherRow plan={plan} kind={kind} row={row} others={others} onChoose={onChoose} /> : <p className={styles.hint}>The plan has no other row of this kind.</p>}
      </div>
    </section>
  );
}

function OtherRow({ plan, kind, row, others, onChoose }: Pick<TestCardProps, 'plan' | 'kind' | 'row' | 'others' | 'onChoose'>) {
  const isMasked = usePreferences((state) => state.isMasked);
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), SEARCH_DELAY_MS);
  const isOwn = q === '' || q === row.email || q === maskEmail(row.email);
  const found = useOperatorQuery('plans.listRows', { migration: plan.migration, plan_hash: plan.plan_hash, ...kindFilter(kind), offset: 0, limit: CHOICES_MAX, ...(isOwn ? {} : { q }) });
  const emails = [...new Set([row.email, ...(found.value?.items ?? []).map((item) => item.email)])];
  return (
    <Select
      label={`Choose another (${counted(others, 'other')})`}
      data={emails.map((email) => ({ value: email, label: isMasked ? maskEmail(email) : email }))}
      value={row.email}
      searchable
      allowDeselect={false}
      onSearchChange={setTyped}
      filter={({ options }) => options}
      nothingFoundMessage="No row of this kind is found"
      onChange={(email) => email !== null && onChoose(email)}
    />
  );
}
