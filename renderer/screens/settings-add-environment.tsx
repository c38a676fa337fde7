import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Environment } from '../../shared/contract/operator/environments.ts';
import { Card, CommandProblem } from '../components/layout.tsx';
import { Note } from '../components/problem-notice.tsx';
import { Shown } from '../components/text.tsx';
import { useOperatorCommand } from '../operator.ts';
import { AddressFound, isAdminApi, useAddressCheck } from './settings-address-check.tsx';
import styles from './screens.module.css';

const namePattern = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** Adds an admin API by address and token. What answers at the address is found out first, without the token; then it is asked who it is and pinned. */
export function AddEnvironment() {
  const add = useOperatorCommand('environments.add');
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [token, setToken] = useState('');
  const nameProblem = name === '' || namePattern.test(name) ? null : 'Small letters, digits and hyphens, at most 32';
  const urlProblem = url === '' || isAllowedAddress(url) ? null : 'https://…, or http:// on this machine';
  const address = url.trim();
  const { looked, check } = useAddressCheck(address);
  const [added, setAdded] = useState<Environment | undefined>(undefined);
  const isBusy = looked.state === 'looking' || add.busy;
  const isReady = !isBusy && name !== '' && url !== '' && nameProblem === null && urlProblem === null;
  const submit = async (): Promise<void> => {
    setAdded(undefined);
    add.clear();
    const found = await check();
    if (found === undefined || !isAdminApi(found)) return;
    const environment = await add.run({ name, url: address, ...(token === '' ? {} : { token }) });
    if (environment === undefined) return;
    setAdded(environment);
    setName('');
    setUrl('');
    setToken('');
  };
  return (
    <Card label="Add an environment">
      <h2>Add an environment</h2>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) void submit();
        }}
      >
        <TextInput label="Name" placeholder="staging" value={name} error={nameProblem} readOnly={isBusy} onChange={(event) => setName(event.currentTarget.value)} w={150} autoComplete="off" />
        <TextInput label="Address of the admin API" placeholder="https://admin.example.com" value={url} error={urlProblem} readOnly={isBusy} onChange={(event) => setUrl(event.currentTarget.value)} w={290} autoComplete="off" inputMode="url" />
        <PasswordInput label="Token" description="To run: migration:write. To approve: migration:approve." value={token} readOnly={isBusy} onChange={(event) => setToken(event.currentTarget.value)} w={230} autoComplete="off" />
        <Button variant="default" loading={looked.state === 'looking'} disabled={isBusy || url === '' || urlProblem !== null} onClick={() => void check()}>Check the address</Button>
        <Button type="submit" loading={isBusy} disabled={!isReady}>Add the environment</Button>
      </form>
      <div className={styles.below}>
        <AddressFound looked={looked} />
        <CommandProblem problem={add.problem} />
        {added !== undefined && <Note tone="green" title={<><Shown text={added.name} /> was added</>}>{added.has_token ? `It says that it is ${added.kind}. Its identity is kept: a change of it later stops everything.` : 'It has no token yet, so it was not asked who it is. Give it one with “Change the token” on its card.'}</Note>}
      </div>
    </Card>
  );
}

/** The operator judges for good; this only spares a round. */
function isAllowedAddress(text: string): boolean {
  const url = URL.parse(text.trim());
  if (url === null) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname));
}
