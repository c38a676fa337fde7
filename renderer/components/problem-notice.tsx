import { Button } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import { errorHelpOf } from '../../shared/core/error-help/catalogue.ts';
import { useHelp } from '../stores/help.ts';
import styles from './problem-notice.module.css';
import { Email, Shown } from './text.tsx';
import type { Tone } from './tag.tsx';

/** What went wrong, what did not happen, what to do; with the request id for whoever looks it up. */
export function ProblemNotice({ problem, onRetry, retryLabel = 'Try again' }: { readonly problem: OperatorProblem; readonly onRetry?: () => void; readonly retryLabel?: string }) {
  return (
    <div className={`${styles.notice} tone-red`} role="alert">
      <IconAlertTriangle size={18} aria-hidden />
      <div className={styles.body}>
        <div className={styles.title}><Shown text={problem.title} /></div>
        <div><Shown text={problem.detail} /></div>
        {problem.errors !== undefined && problem.errors.length > 0 && (
          <ul className={styles.list}>
            {problem.errors.map((error, index) => <li key={index}><Shown text={error.path === '' ? error.message : `${error.path}: ${error.message}`} /></li>)}
          </ul>
        )}
        {problem.rows !== undefined && problem.rows.length > 0 && (
          <ul className={styles.list}>
            {problem.rows.map((row) => <li key={row.row}>Row {row.row}: <Email address={row.email} /></li>)}
          </ul>
        )}
        <div className={styles.meta}>
          {problem.code}
          {problem.request_id !== null && <> · request {problem.request_id}</>}
          <AboutError code={problem.code} />
        </div>
      </div>
      {onRetry !== undefined && <Button className={styles.action ?? ''} variant="default" onClick={onRetry}>{retryLabel}</Button>}
    </div>
  );
}

/** Opens the help panel at the code; nothing for a code that another team's server made up. */
function AboutError({ code }: { readonly code: string }) {
  const show = useHelp((state) => state.show);
  if (errorHelpOf(code) === undefined) return null;
  return <> · <button type="button" className={styles.about} onClick={() => show({ kind: 'code', code })}>About this error</button></>;
}

/** A calm box that says one thing: a remark, a risk, or that all is well. */
export function Note({ tone, title, children, action }: { readonly tone: Tone; readonly title?: ReactNode; readonly children?: ReactNode; readonly action?: ReactNode }) {
  const Icon = tone === 'green' ? IconCircleCheck : tone === 'red' || tone === 'amber' ? IconAlertTriangle : IconInfoCircle;
  return (
    <div className={`${styles.notice} tone-${tone}`}>
      <Icon size={18} aria-hidden />
      <div className={styles.body}>
        {title !== undefined && <div className={styles.title}>{title}</div>}
        {children !== undefined && <div>{children}</div>}
      </div>
      {action !== undefined && <div className={styles.action}>{action}</div>}
    </div>
  );
}
