import { Button, Kbd } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { EnvironmentKind } from '../../shared/contract/admin/session.ts';
import { useSession } from '../frame/session.tsx';
import { stepNames, type Step } from '../steps/steps.ts';
import { useTour } from '../stores/tour.ts';
import { tourStops } from './tour-words.ts';
import styles from './tour.module.css';

/** The tour of the way, in a strip of its own above the step, so that it covers nothing. It presses nothing. */
export function TourStrip() {
  const { state, at, asked, leave } = useTour();
  const { environment } = useSession();
  const strip = useRef<HTMLElement>(null);
  useEffect(() => {
    if (asked > 0) strip.current?.focus();
  }, [asked]);
  if (state !== 'open') return null;
  const { title, about, press } = spokenAt(at, environment?.kind);
  return (
    <section ref={strip} className={styles.strip} aria-label="Tour" tabIndex={-1} onKeyDown={(event) => event.key === 'Escape' && leave()}>
      <p className={styles.words} role="status"><strong>{title}</strong> <span>{about}</span> <span>{press}</span></p>
      <Button variant="default" size="compact-sm" rightSection={<Kbd size="xs">Esc</Kbd>} onClick={leave}>Leave the tour</Button>
    </section>
  );
}

/** Tells the tour which step is on screen, for as long as it is. */
export function TourStop({ step }: { readonly step: Pick<Step, 'name' | 'state'> | undefined }) {
  const standAt = useTour((tour) => tour.standAt);
  const { name, state } = step ?? {};
  useEffect(() => {
    standAt(name === undefined || state === undefined ? null : { name, state });
    return () => standAt(null);
  }, [name, state, standAt]);
  return null;
}

interface Spoken {
  readonly title: string;
  readonly about: string;
  readonly press: string;
}

/** What the tour says at a place. Outside the practice environment it names nothing to press: there are real customers. */
function spokenAt(at: Pick<Step, 'name' | 'state'> | null, kind: EnvironmentKind | undefined): Spoken {
  if (kind === undefined) return { title: 'Tour.', about: 'It goes over made-up people on a server on this machine, and nothing leaves it.', press: 'Press “Practise on made-up data”.' };
  if (kind !== 'practice') return { title: 'Tour.', about: 'It is for made-up people, and this environment is not the practice one.', press: 'Change to practice in Settings to go on.' };
  if (at === null) return { title: 'Tour.', about: 'It goes on at the steps of a migration.', press: 'Open one under Migrations.' };
  const { about, press } = tourStops[at.name];
  const title = `Tour, ${stepNames.indexOf(at.name) + 1} of ${stepNames.length}.`;
  if (at.state === 'closed') return { title, about, press: 'It is not open yet: the page says what opens it.' };
  if (at.state === 'open') return { title, about, press };
  return { title, about, press: 'This step is done: go on to the next one above.' };
}
