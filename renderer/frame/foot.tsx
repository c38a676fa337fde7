import { IconBook2, IconPlugConnected, IconPlugConnectedX } from '@tabler/icons-react';
import type { Connection } from '../../shared/contract/operator/environments.ts';
import type { JournalStatus } from '../../shared/contract/operator/journal.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { formatClock, formatCount } from '../components/format.ts';
import { useOperatorQuery } from '../operator.ts';
import { useKeys } from '../stores/keys.ts';
import styles from './frame.module.css';
import { useSession } from './session.tsx';

const JOURNAL_POLL_MS = 20_000;

/** State of journal and connection, and the keys that do something here. */
export function Foot() {
  const journal = useOperatorQuery('journal.getStatus', {}, { pollMs: JOURNAL_POLL_MS });
  const { connection } = useSession();
  const keys = useKeysOfTheMoment();
  return (
    <footer className={styles.foot}>
      {journal.value !== undefined && <JournalState status={journal.value} />}
      {journal.problem !== undefined && <span className={styles.bad}>Journal: {journal.problem.title}</span>}
      {connection !== undefined && <ConnectionState connection={connection} />}
      <span style={{ flex: 1 }} />
      <span>{keys}</span>
    </footer>
  );
}

function JournalState({ status }: { readonly status: JournalStatus }) {
  const isBad = status.state === 'latched' || status.state === 'damaged';
  return (
    <span className={isBad ? styles.bad : ''} title={status.detail ?? `${formatCount(status.entries)} entries`}>
      <IconBook2 size={14} aria-hidden />
      Journal: {journalSentence(status)}
    </span>
  );
}

/** How the journal stands, in a few words. */
export function journalSentence(status: JournalStatus): string {
  switch (status.state) {
    case 'verified':
      return status.verified_at === null ? 'chain verified' : `chain verified ${formatClock(status.verified_at)}`;
    case 'not_verified':
      return 'chain not verified yet';
    case 'latched':
      return 'stopped after a write error; restart Drydock';
    case 'damaged':
      return 'the chain does not hold';
    default:
      return assertNever(status.state);
  }
}

function ConnectionState({ connection }: { readonly connection: Connection }) {
  const isBad = connection.state !== 'connected';
  const detail = 'detail' in connection ? connection.detail : undefined;
  return (
    <span className={isBad ? styles.bad : ''} title={detail}>
      {isBad ? <IconPlugConnectedX size={14} aria-hidden /> : <IconPlugConnected size={14} aria-hidden />}
      {connectionSentence(connection)}
    </span>
  );
}

/** How the connection stands, in a few words. */
export function connectionSentence(connection: Connection): string {
  switch (connection.state) {
    case 'connected':
      return `Connected to ${connection.session.environment.name}`;
    case 'none':
      return 'No environment';
    case 'no_token':
      return 'No token: add one in Settings';
    case 'refused':
      return 'The server refuses this token';
    case 'unreachable':
      return 'Offline: the server does not answer';
    case 'pin_changed':
      return 'Stopped: the server is not the one it was';
    default:
      return assertNever(connection);
  }
}

function useKeysOfTheMoment(): string {
  const { grids, picking } = useKeys();
  const keys = [...(grids > 0 ? ['↑↓ move'] : []), ...(picking > 0 ? ['Space pick'] : []), ...(grids > 0 ? ['Enter open'] : []), ...(picking > 0 ? ['/ search'] : [])];
  return [...keys, 'Ctrl K commands', '? keys'].join(' · ');
}
