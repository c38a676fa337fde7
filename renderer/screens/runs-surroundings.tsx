import type { ReactNode } from 'react';
import type { Run } from '../../shared/contract/admin/runs.ts';
import type { RunCall, RunRelation, RunSurroundings } from '../../shared/contract/operator/runs.ts';
import type { RunGate } from '../../shared/core/gates.ts';
import { formatCount } from '../components/format.ts';
import { Card, PlainTable, numberCell, shortCell } from '../components/layout.tsx';
import { Tag, type Tone } from '../components/tag.tsx';
import { Shown, When } from '../components/text.tsx';
import { plainCode, runKindTitles, runStateWords } from '../components/words.ts';
import { usePlace } from '../stores/place.ts';
import styles from './runs.module.css';

const NOT_MIRRORED = 'This was never seen here. It is shown when the server can be reached.';
const BEGUN_ELSEWHERE = 'Which preview it carried out is not known here: it was begun elsewhere.';

/** A person and what they said, once the run's people were erased. */
const ERASED = 'erased';

const gateTones: Readonly<Record<RunGate['state'], readonly [Tone, string]>> = { passed: ['green', 'Passed'], open: ['amber', 'Not passed'], closed: ['grey', 'Not reached'], not_needed: ['grey', 'Not needed'] };

const relationTitles: Readonly<Record<RunRelation, string>> = {
  planned_by: 'Made the plan',
  preceding_dry_run: 'Dry run right before it',
  test_run: 'Test run',
  execution: 'Execution',
  verification: 'Verification',
  rollback: 'Rollback after it',
};

const resultWords: Readonly<Record<RunCall['result'], readonly [Tone, string]>> = {
  done: ['green', 'Done'],
  refused: ['red', 'Refused'],
  not_sent: ['grey', 'Not sent'],
  not_understood: ['red', 'Answered by something else'],
  open: ['amber', 'Not known yet'],
};

/** What stands around a run: gates, decisions, the runs that belong to it, and what this Drydock asked for. */
export function RunSurroundingsCards({ around, run }: { readonly around: RunSurroundings; readonly run: Run }) {
  return (
    <>
      <div className={styles.two}>
        {around.gates?.length !== 0 && <Gates gates={around.gates} />}
        <Approvals around={around} />
      </div>
      <Related around={around} />
      <Calls calls={around.calls} kept={run.kind === 'dry_run' ? undefined : around.receipt_kept} />
    </>
  );
}

function Titled({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Card label={title}>
      <h2 className={styles.title}>{title}</h2>
      {children}
    </Card>
  );
}

function Gates({ gates }: { readonly gates: readonly RunGate[] | null }) {
  return (
    <Titled title="Gates">
      {gates === null ? (
        <p className={styles.hint}>{NOT_MIRRORED}</p>
      ) : (
        <ul className={styles.gates}>
          {gates.map((gate) => (
            <li key={gate.name}>
              <Tag tone={gateTones[gate.state][0]}>{gateTones[gate.state][1]}</Tag>
              <span><b>{gate.title}</b> <Shown text={gate.detail} /></span>
            </li>
          ))}
        </ul>
      )}
    </Titled>
  );
}

function Approvals({ around: { approvals, approved_by: approvedBy, offline } }: { readonly around: RunSurroundings }) {
  if (approvals === null) {
    return (
      <Titled title="Approvals">
        {approvedBy !== null && <p>{approvedBy.length === 0 ? 'The receipt names no approver.' : <>Approved by <Shown text={approvedBy.join(', ')} />, as the receipt says.</>}</p>}
        <p className={styles.hint}>{offline ? NOT_MIRRORED : BEGUN_ELSEWHERE}</p>
      </Titled>
    );
  }
  return (
    <Titled title="Approvals">
      {approvals.length === 0 ? (
        <p className={styles.hint}>Nobody has decided on it.</p>
      ) : (
        <PlainTable label="Decisions">
          <thead><tr><th scope="col">Who</th><th scope="col">Decision</th><th scope="col">When</th><th scope="col">Comment</th></tr></thead>
          <tbody>
            {approvals.map((approval) => (
              <tr key={approval.approval_id}>
                <td>{approval.sub === '' ? ERASED : <Shown text={approval.sub} />}</td>
                <td><Tag tone={approval.decision === 'approve' ? 'green' : 'red'}>{approval.decision === 'approve' ? `Approved, ${approval.state}` : 'Rejected'}</Tag></td>
                <td><When at={approval.decided_at} /></td>
                <td>{approval.sub === '' ? ERASED : <Shown text={approval.comment} />}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
    </Titled>
  );
}

function Related({ around: { related } }: { readonly around: RunSurroundings }) {
  const selectRun = usePlace((state) => state.selectRun);
  return (
    <Titled title="Runs that belong to it">
      {related.length === 0 ? (
        <p className={styles.hint}>No other run of this plan was seen.</p>
      ) : (
        <PlainTable label="Runs that belong to it">
          <thead><tr><th scope="col">What</th><th scope="col">State</th><th scope="col" className={numberCell}>Rows</th><th scope="col">By</th><th scope="col">Begun</th></tr></thead>
          <tbody>
            {related.map(({ relation, run }) => (
              <tr key={`${relation} ${run.run_id}`}>
                <td className={shortCell}><button type="button" className={styles.link} title={`${runKindTitles[run.kind]} ${run.run_id}`} onClick={() => selectRun(run.run_id)}>{relationTitles[relation]}</button></td>
                <td><Tag tone={runStateWords[run.state].tone} title={runStateWords[run.state].meaning}>{runStateWords[run.state].title}</Tag></td>
                <td className={numberCell}>{formatCount(run.rows_done)}</td>
                <td><Shown text={run.requested_by} /></td>
                <td><When at={run.created_at} /></td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
    </Titled>
  );
}

function Calls({ calls, kept }: { readonly calls: readonly RunCall[]; readonly kept: boolean | undefined }) {
  return (
    <Titled title="What this Drydock asked for">
      {calls.length === 0 ? (
        <p className={styles.hint}>Nothing: it was begun elsewhere.</p>
      ) : (
        <PlainTable label="Calls from the journal">
          <thead><tr><th scope="col" className={numberCell}>Entry</th><th scope="col">Asked for</th><th scope="col">At</th><th scope="col">Outcome</th><th scope="col">At</th></tr></thead>
          <tbody>
            {calls.map((call) => (
              <tr key={call.seq}>
                <td className={numberCell}>{formatCount(call.seq)}</td>
                <td><Shown text={call.title} /></td>
                <td><When at={call.asked_at} /></td>
                <td><Tag tone={resultWords[call.result][0]}>{resultWords[call.result][1]}</Tag>{call.code !== null && <> <Shown text={plainCode(call.code)} /></>}</td>
                <td><When at={call.ended_at} /></td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
      {kept !== undefined && <p className={styles.hint}>{kept ? 'The receipt of the server is kept in the journal.' : 'The receipt of the server is not in the journal yet. It is fetched once the run has ended.'}</p>}
    </Titled>
  );
}
