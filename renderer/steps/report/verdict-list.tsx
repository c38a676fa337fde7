import { VisuallyHidden } from '@mantine/core';
import { IconCircleCheckFilled, IconCircleDashed, IconCircleXFilled } from '@tabler/icons-react';
import type { ReportVerdict } from '../../../shared/contract/operator/reports.ts';
import { Note } from '../../components/problem-notice.tsx';
import { Shown } from '../../components/text.tsx';
import styles from './report.module.css';

type CheckVerdict = ReportVerdict['checks'][number]['verdict'];

const verdictTitles: Readonly<Record<CheckVerdict, string>> = { passed: 'passed', failed: 'failed', not_checked: 'not checked' };

/** Whom a check asked, where the report alone does not decide it. */
const basisTitles = { server: 'the server was asked', remembered: 'from memory, the server could not be asked', pinned: 'from the key that was pinned', file: 'from your file' } as const;

/** What verification of a report found, check by check, in plain words. */
export function VerdictList({ verdict }: { readonly verdict: ReportVerdict }) {
  const failed = verdict.checks.filter((check) => check.verdict === 'failed').length;
  const notMade = verdict.checks.filter((check) => check.verdict === 'not_checked').length;
  return (
    <>
      {verdict.verdict === 'passed' ? (
        <Note tone="green" title="The report holds">{verdict.signed_by === null ? 'Every check passed.' : <>Signed by <Shown text={verdict.signed_by} />, and unchanged since.</>}</Note>
      ) : verdict.verdict === 'incomplete' ? (
        <Note tone="amber" title="It is not shown that the report holds">{notMade === 1 ? 'One check could not be made' : `${notMade} checks could not be made`}: what is missing stands below.</Note>
      ) : (
        <Note tone="red" title="The report does not hold">{failed === 1 ? 'One check failed' : `${failed} checks failed`}: do not rely on it.</Note>
      )}
      <ul className={styles.checks} aria-label="Checks">
        {verdict.checks.map((check) => (
          <li key={check.name}>
            <VerdictMark verdict={check.verdict} />
            <div><Shown text={check.title} /><VisuallyHidden>: {verdictTitles[check.verdict]}</VisuallyHidden><small><Shown text={check.detail} />{check.basis !== null && check.basis !== 'report' && <> ({basisTitles[check.basis]})</>}</small>{check.advice !== null && <small><Shown text={check.advice} /></small>}</div>
          </li>
        ))}
      </ul>
    </>
  );
}

function VerdictMark({ verdict }: { readonly verdict: CheckVerdict }) {
  if (verdict === 'passed') return <IconCircleCheckFilled size={18} className={styles.passed} aria-hidden />;
  if (verdict === 'failed') return <IconCircleXFilled size={18} className={styles.failed} aria-hidden />;
  return <IconCircleDashed size={18} aria-hidden />;
}
