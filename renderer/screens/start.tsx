import { Button, Title } from '@mantine/core';
import { IconFlask, IconServer } from '@tabler/icons-react';
import { CommandProblem, Workspace } from '../components/layout.tsx';
import { useOperatorCommand } from '../operator.ts';
import { usePlace } from '../stores/place.ts';
import { useTour } from '../stores/tour.ts';
import styles from './start.module.css';

/** First start: two choices, and what each of them means. */
export function StartScreen() {
  const practice = useOperatorCommand('practice.start');
  const openMigration = usePlace((state) => state.openMigration);
  const goTo = usePlace((state) => state.goTo);
  const tour = useTour();
  const practise = async (): Promise<void> => {
    const started = await practice.run({});
    if (started !== undefined) openMigration(started.migration);
  };
  return (
    <Workspace>
      <div className={styles.page}>
        <Title order={1}>Change a known list of customer accounts, once, and prove what was done</Title>
        <p className={styles.lead}>Load a CSV, see exactly what would change, try it on three customers, have it approved, run it in batches that can be paused, and keep a signed report.</p>
        <CommandProblem problem={practice.problem} />
        <div className={styles.choices}>
          <section className={styles.choice}>
            <IconFlask size={26} aria-hidden />
            <h2>Practise on made-up data</h2>
            <p>Starts a server on this machine with about 5,000 made-up people and a sample file that has every kind of row. The same code as in production; nothing leaves this machine.</p>
            <div className={styles.actions}>
              <Button size="sm" loading={practice.busy} onClick={() => void practise()}>Practise on made-up data</Button>
              {tour.state !== 'open' && <Button size="sm" variant="default" onClick={tour.open}>{tour.state === 'left' ? 'Take up the tour again' : 'Show me round'}</Button>}
            </div>
          </section>
          <section className={styles.choice}>
            <IconServer size={26} aria-hidden />
            <h2>Connect to an environment</h2>
            <p>Give the address of an admin API and a token with the scope <code>migration:write</code>. Its identity is kept, and a change of it later stops everything.</p>
            <Button size="sm" variant="default" onClick={() => goTo('settings')}>Connect to an environment</Button>
          </section>
        </div>
      </div>
    </Workspace>
  );
}
