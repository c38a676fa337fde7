import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Card, CommandProblem } from '../components/layout.tsx';
import { useOperatorCommand } from '../operator.ts';
import styles from './screens.module.css';

const namePattern = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** Adds an admin API by address and token; it is asked who it is and pinned. */
export function AddEnvironment() {
  const add = useOperatorCommand('environments.add');
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [token, setToken] = useState('');
  const nameProblem = name === '' || namePattern.test(name) ? null : 'Small letters, digits and hyphens, at most 32';
  const urlProblem = url === '' || isAllowedAddress(url) ? null : 'https://…, or http:// on this machine';
  const isReady = name !== '' && url !== '' && nameProblem === null && urlProblem === null;
  const submit = async (): Promise<void> => {
    const added = await add.run({ name, url: url.trim(), ...(token === '' ? {} : { token }) });
    if (added === undefined) return;
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
        <TextInput label="Name" placeholder="staging" value={name} error={nameProblem} onChange={(event) => setName(event.currentTarget.value)} w={150} autoComplete="off" />
        <TextInput label="Address of the admin API" placeholder="https://admin.example.com" value={url} error={urlProblem} onChange={(event) => setUrl(event.currentTarget.value)} w={290} autoComplete="off" inputMode="url" />
        <PasswordInput label="Token" description="To run: migration:write. To approve: migration:approve." value={token} onChange={(event) => setToken(event.currentTarget.value)} w={230} autoComplete="off" />
        <Button type="submit" loading={add.busy} disabled={!isReady}>Add the environment</Button>
      </form>
      <CommandProblem problem={add.problem} />
    </Card>
  );
}

/** The operator judges for good; this only spares a round. */
function isAllowedAddress(text: string): boolean {
  const url = URL.parse(text.trim());
  if (url === null) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname));
}
