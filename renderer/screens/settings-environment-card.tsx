import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import type { Environment } from '../../shared/contract/operator/environments.ts';
import { Confirm } from '../components/confirm.tsx';
import { Card, CommandProblem, Facts } from '../components/layout.tsx';
import { Note } from '../components/problem-notice.tsx';
import { Tag } from '../components/tag.tsx';
import { Hash, Shown } from '../components/text.tsx';
import { EnvironmentBadge } from '../frame/top-bar.tsx';
import { useOperatorCommand } from '../operator.ts';
import { ConnectionFound, TestConnectionButton, useConnectionTest } from './settings-connection-test.tsx';
import { TokenFacts, useToken } from './settings-token.tsx';
import styles from './screens.module.css';

/** One environment: who it says it is, what its token allows and until when, whether it answers, and a change of identity that has to be confirmed. */
export function EnvironmentCard({ environment, sentence, onRemove }: { readonly environment: Environment; readonly sentence: string | undefined; readonly onRemove: () => void }) {
  const use = useOperatorCommand('environments.use');
  const confirmPin = useOperatorCommand('environments.confirmPin');
  const setToken = useOperatorCommand('environments.setToken');
  const [token, setTokenText] = useState<string | undefined>(undefined);
  const removeToken = useOperatorCommand('environments.removeToken');
  const [isRemovingToken, setRemovingToken] = useState(false);
  const { name } = environment;
  const described = useToken(name);
  const isBuiltIn = described.value?.from === 'practice';
  const isKept = described.value?.from === 'kept' && described.value.state !== 'none';
  const { tried, test } = useConnectionTest(name);
  const save = async (): Promise<void> => {
    if (token !== undefined && (await setToken.run({ name, token })) !== undefined) setTokenText(undefined);
  };
  return (
    <Card label={`Environment ${name}`} className={styles.card ?? ''}>
      <div className={styles.cardHead}>
        <h2>{name}</h2>
        <EnvironmentBadge name={environment.kind} kind={environment.kind} />
        {environment.current && <Tag tone="blue">In use</Tag>}
      </div>
      <Facts
        items={[
          ['Address', <Shown key="url" text={environment.url} />],
          ['Identity', environment.environment_id === '' ? 'not asked yet; until then it counts as production' : <Shown key="id" text={environment.environment_id} />],
          ['Receipt key', environment.receipt_public_key === '' ? 'not asked yet' : <Hash key="key" value={environment.receipt_public_key.split(' ').at(-1) ?? ''} label="receipt key" />],
          ['Token', <TokenFacts key="token" token={described} />],
          ...(sentence === undefined ? [] : [['Connection', sentence] as const]),
        ]}
      />
      {environment.pin_changed !== null && (
        <Note tone="red" title="This is not the server it was" action={<Button variant="default" loading={confirmPin.busy} onClick={() => void confirmPin.run({ name })}>Accept the change</Button>}>
          Its {environment.pin_changed.field.replaceAll('_', ' ')} was <Shown text={environment.pin_changed.pinned} /> and is now <Shown text={environment.pin_changed.now} />. Accept only if whoever runs it told you so.
        </Note>
      )}
      <ConnectionFound tried={tried} />
      <CommandProblem problem={use.problem ?? confirmPin.problem ?? setToken.problem} />
      {token !== undefined && (
        <div className={styles.form}>
          <PasswordInput label={`New token for ${name}`} value={token} onChange={(event) => setTokenText(event.currentTarget.value)} autoComplete="off" w={260} />
          <Button loading={setToken.busy} disabled={token === ''} onClick={() => void save()}>Keep the token</Button>
        </div>
      )}
      <div className={styles.row}>
        {!environment.current && <Button loading={use.busy} onClick={() => void use.run({ name })}>Use {name}</Button>}
        {!isBuiltIn && <Button variant="default" onClick={() => setTokenText(token === undefined ? '' : undefined)}>{token === undefined ? 'Change the token…' : 'Cancel'}</Button>}
        <TestConnectionButton tried={tried} onTest={test} />
        {isKept && <Button variant="default" onClick={() => setRemovingToken(true)}>Remove the token…</Button>}
        <Button variant="default" onClick={onRemove}>Remove the environment…</Button>
      </div>
      <Confirm opened={isRemovingToken} title={`Remove the token of ${name}?`} confirmLabel="Remove the token" busy={removeToken.busy} problem={removeToken.problem} onClose={() => setRemovingToken(false)} onConfirm={() => void removeToken.run({ name }).then((done) => done !== undefined && setRemovingToken(false))}>
        It is forgotten on this machine and stays valid at the server until it ends. The environment, its journal and its reports stay. Runs under way go on; nothing can be asked there from here until it has a token again. A token in the variable DRYDOCK_TOKEN is not touched.
      </Confirm>
    </Card>
  );
}
