import { CloseButton, Skeleton, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import type { QueryState } from '../operator.ts';
import styles from './layout.module.css';
import { ProblemNotice } from './problem-notice.tsx';

/** Main area with a panel at its right, which lies over it on a narrow window. `filled`: the content scrolls, not the area. */
export function Workspace({ children, aside, filled = false }: { readonly children: ReactNode; readonly aside?: ReactNode; readonly filled?: boolean }) {
  return (
    <div className={styles.workspace}>
      <div className={`${styles.main} ${filled ? styles.filled : ''}`}>{children}</div>
      {aside}
    </div>
  );
}

/** The panel at the right, for one selected thing. */
export function Aside({ title, label, onClose, children }: { readonly title: ReactNode; readonly label: string; readonly onClose: () => void; readonly children: ReactNode }) {
  return (
    <aside className={styles.aside} aria-label={label} tabIndex={-1} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <div className={styles.asideHead}>
        <Title order={2} className={styles.asideTitle ?? ''}>{title}</Title>
        <CloseButton aria-label="Close panel" onClick={onClose} />
      </div>
      {children}
    </aside>
  );
}

/** A screen's or step's heading, with its actions at the right. */
export function Heading({ title, lead, children }: { readonly title: string; readonly lead?: ReactNode; readonly children?: ReactNode }) {
  return (
    <div>
      <div className={styles.heading}>
        <Title order={1}>{title}</Title>
        <span className={styles.spacer} />
        {children}
      </div>
      {lead !== undefined && <div className={styles.lead}>{lead}</div>}
    </div>
  );
}

export function Card({ children, label, className = '' }: { readonly children: ReactNode; readonly label?: string; readonly className?: string }) {
  return <section className={`${styles.card} ${className}`} aria-label={label}>{children}</section>;
}

/** Says what will be here, and offers the next thing to do. */
export function Empty({ icon, title, children, action }: { readonly icon?: ReactNode; readonly title: string; readonly children: ReactNode; readonly action?: ReactNode }) {
  return (
    <div className={styles.empty}>
      {icon}
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** Names and values in two columns. */
export function Facts({ items }: { readonly items: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {items.map(([name, value]) => [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{value}</dd>])}
    </dl>
  );
}

/** Shows a query's value, or that it is coming, or why it is not. A stale value stays, under the notice. */
export function Loaded<Value>({ query, children }: { readonly query: QueryState<Value> & { readonly reload: () => void }; readonly children: (value: Value) => ReactNode }) {
  return (
    <>
      {query.problem !== undefined && <ProblemNotice problem={query.problem} onRetry={query.reload} />}
      {query.value !== undefined ? children(query.value) : query.problem === undefined && <Waiting />}
    </>
  );
}

export function Waiting({ label = 'Loading' }: { readonly label?: string }) {
  return (
    <Stack gap="xs" role="status" aria-label={label}>
      <Skeleton height={16} width="40%" />
      <Skeleton height={28} />
      <Skeleton height={28} />
      <Skeleton height={28} width="80%" />
    </Stack>
  );
}

/** A command's problem, where there is one. */
export function CommandProblem({ problem, onRetry }: { readonly problem: OperatorProblem | undefined; readonly onRetry?: () => void }) {
  if (problem === undefined) return null;
  return onRetry === undefined ? <ProblemNotice problem={problem} /> : <ProblemNotice problem={problem} onRetry={onRetry} />;
}

/** A plain table in a frame that scrolls. */
export function PlainTable({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className={styles.tableFrame} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.table} aria-label={label}>{children}</table>
    </div>
  );
}

export const shortCell: string = styles.short ?? '';
export const numberCell: string = styles.number ?? '';
