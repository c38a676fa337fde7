import { Button, VisuallyHidden } from '@mantine/core';
import { IconCircleCheckFilled, IconCircleDashed, IconCircleXFilled } from '@tabler/icons-react';
import type { VerifiedReport } from '../../../shared/contract/operator/reports.ts';
import { assertNever } from '../../../shared/core/assert-never.ts';
import { Note } from '../../components/problem-notice.tsx';
import { Shown, When } from '../../components/text.tsx';
import styles from './report.module.css';

type CheckVerdict = VerifiedReport['checks'][number]['verdict'];

const verdictTitles: Readonly<Record<CheckVerdict, string>> = { passed: 'passed', failed: 'failed', not_checked: 'not checked' };

/** Whom a check asked, where the report alone does not decide it. */
const basisTitles = { server: 'the server was asked', remembered: 'from memory, the server could not be asked', pinned: 'from the key that was pinned', file: 'from your file' } as const;

interface VerdictListProps {
  readonly verdict: VerifiedReport;
  /** Where the report came from elsewhere, what it is called. */
  readonly name?: string | undefined;
  /** Offered where nobody here knows who may sign. */
  readonly onSigners?: (() => void) | undefined;
}

/** What verification of a report found, check by check, in plain words. */
export function VerdictList({ verdict, name, onSigners }: VerdictListProps) {
  return (
    <>
      <Overall verdict={verdict} name={name} onSigners={onSigners} />
      {!verdict.kept && <Note tone="grey">That this was verified could not be written down, so the list of reports will not remember it. The verdict holds all the same.</Note>}
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

function Overall({ verdict, name, onSigners }: VerdictListProps) {
  const count = (wanted: CheckVerdict): number => verdict.checks.filter((check) => check.verdict === wanted).length;
  const what = name === undefined ? 'The report' : <Shown text={name} />;
  const issued = verdict.issued_at === null ? null : <> The server’s receipt is of <When at={verdict.issued_at} />.</>;
  switch (verdict.verdict) {
    case 'passed':
      return <Note tone="green" title={<>{what} holds</>}>{verdict.signed_by === null ? 'Every check passed.' : <>Signed by <Shown text={verdict.signed_by} />, and unchanged since.</>}{issued} Verified <When at={verdict.verified_at} />.</Note>;
    case 'incomplete': {
      const missing = count('not_checked');
      const isUnknown = onSigners !== undefined && verdict.checks.some((check) => check.name === 'signer' && check.verdict === 'not_checked');
      return (
        <Note tone="amber" title={<>It is not shown that {name === undefined ? 'the report' : what} holds</>} {...(isUnknown ? { action: <Button variant="default" onClick={onSigners}>Choose allowed_signers</Button> } : {})}>
          {missing === 1 ? 'One check could not be made' : `${missing} checks could not be made`}: what is missing stands below. Verified <When at={verdict.verified_at} />.
        </Note>
      );
    }
    case 'failed': {
      const failed = count('failed');
      return <Note tone="red" title={<>{what} does not hold</>}>{failed === 1 ? 'One check failed' : `${failed} checks failed`}: do not rely on it. What it means and what to do stands below. Verified <When at={verdict.verified_at} />.</Note>;
    }
    default:
      return assertNever(verdict.verdict);
  }
}

function VerdictMark({ verdict }: { readonly verdict: CheckVerdict }) {
  if (verdict === 'passed') return <IconCircleCheckFilled size={18} className={styles.passed} aria-hidden />;
  if (verdict === 'failed') return <IconCircleXFilled size={18} className={styles.failed} aria-hidden />;
  return <IconCircleDashed size={18} aria-hidden />;
}
