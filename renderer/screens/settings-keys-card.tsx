import { Button } from '@mantine/core';
import { useState } from 'react';
import type { KeyList, ListedKey } from '../../shared/contract/operator/keys.ts';
import { Confirm } from '../components/confirm.tsx';
import { Card, CommandProblem, Loaded, PlainTable } from '../components/layout.tsx';
import { Note } from '../components/problem-notice.tsx';
import { Tag } from '../components/tag.tsx';
import { Shown, When } from '../components/text.tsx';
import { useOperatorCommand, useOperatorQuery } from '../operator.ts';
import styles from './screens.module.css';

const places = { 'os-key-store': "the operating system's key store", file: 'a file that only you can read', 'session-only': 'memory, until Drydock closes' } as const;
const owners = { mine: 'Yours', other: 'Another person', receipt: 'Receipts of the server' } as const;

/** Whose keys sign reports and receipts in the environment in use: one's own to be replaced, any to be revoked. */
export function KeysCard({ environment }: { readonly environment: string }) {
  const keys = useOperatorQuery('keys.list', {});
  const rotate = useOperatorCommand('keys.rotate');
  const revoke = useOperatorCommand('keys.revoke');
  const [isRotating, setRotating] = useState(false);
  const [revoking, setRevoking] = useState<ListedKey | undefined>(undefined);
  return (
    <Card label="Report keys">
      <h2>Report keys of {environment}</h2>
      <p className={styles.hint}>Your key signs the reports you export; it is made with the first one. The server signs its receipts with its own.</p>
      <Loaded query={keys}>
        {(value) => (
          <div className={styles.stack}>
            <KeyNotes value={value} />
            <KeyTable items={value.items} isOffline={value.seen_at !== null} onRevoke={setRevoking} />
            <CommandProblem problem={rotate.problem} />
            <div className={styles.row}>
              <Button variant="default" disabled={value.seen_at !== null} onClick={() => setRotating(true)}>{value.items.some(({ whose }) => whose === 'mine') ? 'Replace your key…' : 'Make your key…'}</Button>
              <span className={styles.hint}>Your key is kept in {places[value.kept_in]}.</span>
            </div>
          </div>
        )}
      </Loaded>
      <Confirm opened={isRotating} title="Put a new key in the place of yours?" confirmLabel="Make the new key" busy={rotate.busy} onClose={() => setRotating(false)} onConfirm={() => void rotate.run({}).then(() => setRotating(false))}>
        Your key ends now and its secret half is destroyed. Reports it signed until now still verify. Whoever checks your reports offline needs a new list of signers for later ones.
      </Confirm>
      <Confirm
        opened={revoking !== undefined}
        title={`Revoke the key of ${revoking?.principal ?? ''}?`}
        confirmLabel="Revoke the key"
        danger
        busy={revoke.busy}
        problem={revoke.problem}
        onClose={() => setRevoking(undefined)}
        onConfirm={() => {
          if (revoking !== undefined) void revoke.run({ fingerprint: revoking.fingerprint }).then((done) => done !== undefined && setRevoking(undefined));
        }}
      >
        This cannot be taken back. No report that <code>{revoking?.fingerprint}</code> ever signed verifies any more, earlier ones too: each has to be exported again. Do it where somebody else may have the key; to change keys, replace it instead.{revoking?.in_use === true && ' It is the one you sign with: an approver has to let in your next one.'}
      </Confirm>
    </Card>
  );
}

function KeyNotes({ value }: { readonly value: KeyList }) {
  return (
    <>
      {value.seen_at !== null && <Note tone="amber" title="The server cannot be asked now">These are the keys as it said on <When at={value.seen_at} />. They can be replaced and revoked once it answers.</Note>}
      {value.waiting_fingerprint !== null && <Note tone="grey" title="A key waits to be registered"><code>{value.waiting_fingerprint}</code> was made on this machine. The next report tries again; if it says that an approver is needed, ask one.</Note>}
    </>
  );
}

function KeyTable({ items, isOffline, onRevoke }: { readonly items: readonly ListedKey[]; readonly isOffline: boolean; readonly onRevoke: (key: ListedKey) => void }) {
  if (items.length === 0) return <p className={styles.hint}>The server lists no key yet.</p>;
  return (
    <PlainTable label="Report keys">
      <thead><tr><th scope="col">Key</th><th scope="col">Whose</th><th scope="col">Name</th><th scope="col">From</th><th scope="col">To</th><th scope="col">State</th><th scope="col">Change</th></tr></thead>
      <tbody>
        {items.map((key) => (
          <tr key={key.fingerprint}>
            <td><code>{key.fingerprint}</code></td>
            <td>{owners[key.whose]}</td>
            <td><Shown text={key.principal} /></td>
            <td><When at={key.valid_from} /></td>
            <td>{key.valid_until === null ? 'no end' : <When at={key.valid_until} />}</td>
            <td><KeyState item={key} /></td>
            <td>{key.whose !== 'receipt' && key.state !== 'revoked' && <Button variant="default" size="compact-sm" disabled={isOffline} aria-label={`Revoke the key ${key.fingerprint} of ${key.principal}`} onClick={() => onRevoke(key)}>Revoke…</Button>}</td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}

function KeyState({ item: { state, in_use, revoked_at } }: { readonly item: ListedKey }) {
  if (state === 'revoked') return <><Tag tone="red">revoked</Tag> {revoked_at !== null && <When at={revoked_at} />}</>;
  if (state === 'ended') return <Tag tone="grey">ended</Tag>;
  return in_use ? <Tag tone="green">in use</Tag> : <Tag tone="blue">valid</Tag>;
}
