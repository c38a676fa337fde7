import { Button, Progress, VisuallyHidden } from '@mantine/core';
import type { JournalDamage, JournalStatus } from '../../shared/contract/operator/journal.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { counted, formatBytes, formatCount } from '../components/format.ts';
import { Card, Facts, PlainTable } from '../components/layout.tsx';
import { Note } from '../components/problem-notice.tsx';
import { Hash, Shown } from '../components/text.tsx';
import { journalSentence } from '../frame/foot.tsx';
import { useOperatorQuery } from '../operator.ts';

const PROGRESS_POLL_MS = 200;

/** A check under way: entries counted as they are checked. */
export function VerifyProgress() {
  const progress = useOperatorQuery('journal.getProgress', {}, { pollMs: PROGRESS_POLL_MS });
  const checking = progress.value?.checking ?? null;
  const percent = checking === null || checking.of === 0 ? 0 : Math.round((checking.checked / checking.of) * 100);
  return (
    <Card label="Check of the chain">
      <span role="status">{checking === null ? 'Checking the chain.' : `Checked ${formatCount(checking.checked)} of ${formatCount(checking.of)} entries.`}</span>
      <Progress value={percent} animated my="xs" aria-label="Entries checked so far" />
    </Card>
  );
}

/** How the journal stands. */
export function JournalStatusCard({ status }: { readonly status: JournalStatus }) {
  const isBad = status.state === 'damaged' || status.state === 'latched' || status.anchor === 'disagrees';
  const sentence = journalSentence(status);
  return (
    <>
      {isBad && <Note tone="red" title={`Journal: ${status.anchor === 'disagrees' && status.state === 'verified' ? 'it is not the one the server knows' : sentence}`}>{status.detail ?? 'Do not go on before this is understood. Nothing is written to it any more.'}</Note>}
      {status.open_intents > 0 && <Note tone="amber" title={`${counted(status.open_intents, 'call')} without a known outcome`}>Each is settled by asking the server with the same key, as soon as it can be reached.</Note>}
      <Card label="State of the journal">
        <Facts
          items={[
            ['Chain', sentence.slice(0, 1).toUpperCase() + sentence.slice(1)],
            ['Entries', `${formatCount(status.entries)}, ${formatBytes(status.bytes)} on disk`],
            ['Head', status.head_hash === null ? '–' : <Hash key="head" value={status.head_hash} label="hash of the head" />],
            ['Anchored at the server', anchorSentence(status.anchor)],
            ['Keys of personal data', keySentence(status.keys)],
            ...(status.detail === null || isBad ? [] : [['Remark', <Shown key="detail" text={status.detail} />] as const]),
          ]}
        />
      </Card>
    </>
  );
}

/** Every damage that is named, with the way to its entry. */
export function JournalDamages({ damages, leftOut, onJump }: { readonly damages: readonly JournalDamage[]; readonly leftOut: number; readonly onJump: (seq: number) => void }) {
  return (
    <PlainTable label="Damages of the journal">
      <thead><tr><th scope="col">Entry</th><th scope="col">Damage</th><th scope="col">What shows it</th><th scope="col"><VisuallyHidden>Go to it</VisuallyHidden></th></tr></thead>
      <tbody>
        {damages.map(({ seq, kind, detail }) => (
          <tr key={seq}>
            <td>{formatCount(seq)}</td>
            <td>{kind.replaceAll('_', ' ')}</td>
            <td><Shown text={detail} /></td>
            <td><Button size="compact-xs" variant="default" onClick={() => onJump(seq)}>Go to entry {formatCount(seq)}</Button></td>
          </tr>
        ))}
        {leftOut > 0 && <tr><td colSpan={4}>And {formatCount(leftOut)} more.</td></tr>}
      </tbody>
    </PlainTable>
  );
}

function anchorSentence(anchor: JournalStatus['anchor']): string {
  switch (anchor) {
    case 'agrees':
      return 'The server knows the same heads';
    case 'not_reachable':
      return 'Not compared: the server cannot be reached';
    case 'disagrees':
      return 'The server knows other heads';
    case 'none':
      return 'Nothing anchored yet';
    default:
      return assertNever(anchor);
  }
}

function keySentence(keys: JournalStatus['keys']): string {
  switch (keys) {
    case 'os_key_store':
      return 'Under the key store of this machine';
    case 'file':
      return 'In files of yours alone (0600), named secrets*, in Drydock’s folder';
    case 'session_only':
      return 'In memory, for this session alone';
    default:
      return assertNever(keys);
  }
}
