import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { Adoption } from '../../../shared/contract/admin/members.ts';
import { memberStateSchema, type MemberState } from '../../../shared/core/member.ts';
import { formatCount } from '../../components/format.ts';
import { Card, Heading, Loaded, Workspace } from '../../components/layout.tsx';
import { TimeChart } from '../../components/time-chart.tsx';
import { useOperatorQuery } from '../../operator.ts';
import type { StepProps } from '../step-props.ts';
import type { Tone } from '../../components/tag.tsx';
import { memberStateWords } from '../../components/words.ts';
import styles from './follow-up.module.css';
import { MemberList } from './member-list.tsx';

const POLL_MS = 10_000;

/** Follow-up: how many have signed in and finished, over time, and who is left. */
export function FollowUpStep({ migration }: StepProps) {
  const adoption = useOperatorQuery('adoption.get', { migration: migration.id }, { pollMs: POLL_MS });
  const [state, setState] = useState<MemberState>('prepared');
  return (
    <Workspace>
      <Heading title="Follow-up" lead="Customers sign in when they like. This is where they stand." />
      <Loaded query={adoption}>
        {(value) => (
          <div className={styles.two}>
            <Card label="Funnel"><h2>How far they are</h2><Funnel counts={value.counts} /></Card>
            <Card label="Over time"><h2>Over time</h2><Curve series={value.series} /></Card>
          </div>
        )}
      </Loaded>
      <section className={styles.rest} aria-label="Members">
        <div className={styles.restHead}>
          <h2>The list</h2>
          <SegmentedControl
            aria-label="Which members"
            value={state}
            onChange={(value) => setState(memberStateSchema.safeParse(value).data ?? 'prepared')}
            data={memberStateSchema.options.map((value) => ({ value, label: memberStateWords[value].title }))}
          />
        </div>
        <MemberList key={state} migration={migration.id} state={state} />
      </section>
    </Workspace>
  );
}

const levels: readonly { readonly key: keyof Adoption['counts']; readonly title: string; readonly tone: Tone }[] = [
  { key: 'prepared', title: 'Prepared', tone: 'blue' },
  { key: 'signed_in', title: 'Signed in', tone: 'amber' },
  { key: 'completed', title: 'Completed', tone: 'green' },
  { key: 'delivered', title: 'Event sent', tone: 'violet' },
];

function Funnel({ counts }: { readonly counts: Adoption['counts'] }) {
  const whole = Math.max(1, ...levels.map(({ key }) => counts[key]));
  return (
    <div className={styles.funnel}>
      {levels.map(({ key, title, tone }) => (
        <div key={key} className={`${styles.level} tone-${tone}`}>
          <span>{title}</span>
          <div className={styles.track} aria-hidden><div className={styles.fill} style={{ width: `${(counts[key] / whole) * 100}%` }} /></div>
          <strong>{formatCount(counts[key])}{counts.prepared > 0 && key !== 'prepared' ? ` · ${Math.round((counts[key] / counts.prepared) * 100)} %` : ''}</strong>
        </div>
      ))}
    </div>
  );
}

function Curve({ series }: { readonly series: Adoption['series'] }) {
  if (series.length < 2) return <p className={styles.hint}>The curve is drawn once there is more than an hour to show.</p>;
  return (
    <TimeChart
      label="Prepared, signed in and completed over time"
      heightPx={150}
      times={series.map((point) => Date.parse(point.at) / 1000)}
      lines={levels.slice(0, 3).map(({ key, title, tone }) => ({ label: title, tone, values: series.map((point) => point[key]) }))}
    />
  );
}
