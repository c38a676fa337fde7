import { Button } from '@mantine/core';
import { IconShip } from '@tabler/icons-react';
import type { Migration } from '../../shared/contract/admin/migrations.ts';
import { formatCount } from '../components/format.ts';
import { Card, Empty, Facts, Heading, Waiting, Workspace } from '../components/layout.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { Tag } from '../components/tag.tsx';
import { Shown } from '../components/text.tsx';
import { useSession } from '../frame/session.tsx';
import { usePlace } from '../stores/place.ts';
import { WayScreen } from './way.tsx';
import styles from './screens.module.css';

/** The migrations of the environment, how far each is, and the way into them. */
export function MigrationsScreen() {
  const { migrations, migrationsProblem, connection, reload } = useSession();
  if (connection !== undefined && connection.state !== 'connected') return <WayScreen />;
  return (
    <Workspace>
      <Heading title="Migrations" lead="What this environment can do. Each one has its own settings, feature flag and cohort." />
      {migrationsProblem !== undefined && <ProblemNotice problem={migrationsProblem} onRetry={reload} />}
      {migrations.length === 0 && migrationsProblem === undefined && (connection === undefined ? <Waiting /> : <Empty icon={<IconShip size={28} aria-hidden />} title="No migration here">The server declares migrations in its configuration. Ask whoever runs it.</Empty>)}
      <div className={styles.cards}>{migrations.map((migration) => <MigrationCard key={migration.id} migration={migration} />)}</div>
    </Workspace>
  );
}

function MigrationCard({ migration }: { readonly migration: Migration }) {
  const openMigration = usePlace((state) => state.openMigration);
  const { prepared, signed_in: signedIn, completed } = migration.progress;
  return (
    <Card label={migration.title} className={styles.card ?? ''}>
      <div className={styles.cardHead}>
        <h2><Shown text={migration.title} /></h2>
        <Tag tone={migration.flag.enabled ? 'green' : 'grey'} title={migration.flag.name}>{migration.flag.enabled ? 'Flag on' : 'Flag off'}</Tag>
      </div>
      <Facts
        items={[
          ['Id', migration.id],
          ['Playbook', `${migration.playbook} ${migration.playbook_version}`],
          ['Flag', <Shown key="flag" text={migration.flag.name} />],
          ['Progress', `${formatCount(prepared)} prepared, ${formatCount(signedIn)} signed in, ${formatCount(completed)} completed`],
          ...Object.entries(migration.settings).map(([name, value]) => [settingTitle(name), <Shown key={name} text={String(value ?? '–')} />] as const),
        ]}
      />
      {!migration.flag.enabled && <p className={styles.hint}>With the flag off nothing can be planned or written. Whoever runs the server turns it on.</p>}
      <div><Button onClick={() => openMigration(migration.id)}>Open</Button></div>
    </Card>
  );
}

function settingTitle(name: string): string {
  const words = name.replaceAll(/[._]/g, ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
