import { useState } from 'react';
import { Button, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { IconFlask } from '@tabler/icons-react';
import type { Environment } from '../../shared/contract/operator/environments.ts';
import { Confirm } from '../components/confirm.tsx';
import { Card, CommandProblem, Facts, Heading, Loaded, Workspace } from '../components/layout.tsx';
import { Shown } from '../components/text.tsx';
import { connectionSentence } from '../frame/foot.tsx';
import { useSession } from '../frame/session.tsx';
import { useOperatorCommand, useOperatorQuery } from '../operator.ts';
import { usePlace } from '../stores/place.ts';
import { AddEnvironment } from './settings-add-environment.tsx';
import { EnvironmentCard } from './settings-environment-card.tsx';
import { KeysCard } from './settings-keys-card.tsx';
import { PolicyCard } from './settings-policy-card.tsx';
import styles from './screens.module.css';

/** Environments, practice, theme, and where things are kept. */
export function SettingsScreen() {
  const { environments, connection, environment } = useSession();
  const remove = useOperatorCommand('environments.remove');
  const [removing, setRemoving] = useState<Environment | undefined>(undefined);
  return (
    <Workspace>
      <Heading title="Settings" />
      <section className={styles.stack} aria-label="Environments">
        <h2>Environments</h2>
        <div className={styles.cards}>
          {(environments ?? []).map((item) => <EnvironmentCard key={item.name} environment={item} sentence={item.name === environment?.name && connection !== undefined ? connectionSentence(connection) : undefined} onRemove={() => setRemoving(item)} />)}
          <PracticeCard hasPractice={(environments ?? []).some((item) => item.kind === 'practice')} />
        </div>
        <AddEnvironment />
      </section>
      <PolicyCard />
      {environment !== undefined && <KeysCard environment={environment.name} />}
      <Appearance />
      <About />
      <Confirm
        opened={removing !== undefined}
        title={`Remove ${removing?.name ?? ''}?`}
        confirmLabel="Remove the environment"
        danger
        busy={remove.busy}
        problem={remove.problem}
        onClose={() => setRemoving(undefined)}
        onConfirm={() => {
          if (removing !== undefined) void remove.run({ name: removing.name }).then((done) => done !== undefined && setRemoving(undefined));
        }}
      >
        Its address, pinned identity and token are forgotten here. The server, its runs and this machine's journal and reports stay as they are.
      </Confirm>
    </Workspace>
  );
}

function PracticeCard({ hasPractice }: { readonly hasPractice: boolean }) {
  const status = useOperatorQuery('practice.getStatus', {}, { pollMs: 5000 });
  const start = useOperatorCommand('practice.start');
  const goTo = usePlace((state) => state.goTo);
  const openMigration = usePlace((state) => state.openMigration);
  const [isResetting, setResetting] = useState(false);
  const run = async (reset: boolean): Promise<void> => {
    const started = await start.run(reset ? { reset } : {});
    setResetting(false);
    if (started === undefined) return;
    openMigration(started.migration);
    goTo('way');
  };
  const state = status.value?.state ?? 'stopped';
  return (
    <Card label="Practice" className={styles.card ?? ''}>
      <div className={styles.cardHead}><IconFlask size={18} aria-hidden /><h2>Practice server</h2></div>
      <p className={styles.hint}>About 5,000 made-up people on this machine, with the same code as in production. {state === 'ready' ? 'It is running.' : state === 'starting' ? 'It is starting.' : state === 'failed' ? 'It could not be started.' : 'It is not running.'}</p>
      {status.value?.detail !== null && status.value?.detail !== undefined && <p className={styles.hint}><Shown text={status.value.detail} /></p>}
      {status.value?.temporary_password !== null && status.value?.temporary_password !== undefined && <Facts items={[['Temporary password', <code key="password">{status.value.temporary_password}</code>]]} />}
      <CommandProblem problem={start.problem} />
      <div className={styles.row}>
        <Button loading={start.busy} onClick={() => void run(false)}>{state === 'ready' ? 'Use practice' : 'Start practice'}</Button>
        {hasPractice && <Button variant="default" disabled={start.busy} onClick={() => setResetting(true)}>Begin anew…</Button>}
      </div>
      <Confirm opened={isResetting} title="Begin practice anew?" confirmLabel="Begin anew" danger busy={start.busy} onClose={() => setResetting(false)} onConfirm={() => void run(true)}>
        The made-up people are as on the first day again. What you did in practice stays in the journal and in your reports.
      </Confirm>
    </Card>
  );
}

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Card label="Appearance">
      <div className={styles.row}>
        <span id="theme-label">Theme</span>
        <SegmentedControl aria-labelledby="theme-label" value={colorScheme} onChange={(value) => setColorScheme(value === 'dark' || value === 'light' ? value : 'auto')} data={[{ value: 'auto', label: 'As the system' }, { value: 'light', label: 'Light' }, { value: 'dark', label: 'Dark' }]} />
      </div>
    </Card>
  );
}

const secretStores = { 'os-key-store': "the operating system's key store", file: 'a file that only you can read', 'session-only': 'memory, until Drydock closes' } as const;

function About() {
  const info = useOperatorQuery('app.getInfo', {});
  return (
    <Card label="This Drydock">
      <Loaded query={info}>
        {(value) => <Facts items={[['Version', value.version], ['Kept in', <Shown key="home" text={value.home} />], ['Tokens are kept in', secretStores[value.secret_store]]]} />}
      </Loaded>
    </Card>
  );
}
