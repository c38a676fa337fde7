import { Button, Drawer, TextInput } from '@mantine/core';
import { useState } from 'react';
import { errorHelpGroups, errorHelpOf } from '../../shared/core/error-help/catalogue.ts';
import type { ErrorHelp } from '../../shared/core/error-help/error-help.ts';
import { plainCode } from '../components/words.ts';
import { useHelp, type ShownHelp } from '../stores/help.ts';
import styles from './help.module.css';

/** Above a question that is open: its problem has a section too. */
const ABOVE_QUESTIONS = 400;

/** What docs/errors.md says of a code, inside the window, so that it is there offline too. */
export function HelpPanel() {
  const { shown, show, close } = useHelp();
  return (
    <Drawer opened={shown.kind !== 'nothing'} onClose={close} position="right" size={420} zIndex={ABOVE_QUESTIONS} title={shown.kind === 'all' ? 'Every error' : 'About this error'} closeButtonProps={{ 'aria-label': 'Close help' }}>
      <HelpContent shown={shown} show={show} />
    </Drawer>
  );
}

function HelpContent({ shown, show }: { readonly shown: ShownHelp; readonly show: (shown: ShownHelp) => void }) {
  if (shown.kind === 'all') return <EveryError onChoose={(code) => show({ kind: 'code', code })} />;
  const help = shown.kind === 'code' ? errorHelpOf(shown.code) : undefined;
  if (shown.kind !== 'code' || help === undefined) return null;
  return (
    <div className={styles.panel}>
      <Section code={shown.code} help={help} />
      <div><Button variant="default" onClick={() => show({ kind: 'all' })}>Every error</Button></div>
    </div>
  );
}

function Section({ code, help: { happened, stays, remedy } }: { readonly code: string; readonly help: ErrorHelp }) {
  return (
    <section className={styles.section} aria-label={plainCode(code)}>
      <h2>{plainCode(code)}</h2>
      <code>{code}</code>
      <h3>What happened</h3>
      <p>{happened}</p>
      <h3>What did not, and what stays</h3>
      <p>{stays}</p>
      <h3>What to do</h3>
      <p>{remedy === '' ? 'Nothing.' : remedy}</p>
    </section>
  );
}

function EveryError({ onChoose }: { readonly onChoose: (code: string) => void }) {
  const [wanted, setWanted] = useState('');
  const words = wanted.trim().toLowerCase().split(/[\s_]+/).filter((word) => word !== '');
  const groups = errorHelpGroups
    .map(({ title, codes }) => ({ title, codes: Object.entries(codes).filter(([code, { happened, remedy }]) => words.every((word) => `${code} ${happened} ${remedy}`.toLowerCase().includes(word))) }))
    .filter(({ codes }) => codes.length > 0);
  return (
    <div className={styles.panel}>
      <TextInput label="Find an error" description="A code, or words of its message" value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} data-autofocus autoComplete="off" />
      {groups.length === 0 && <p>No error has these words.</p>}
      {groups.map(({ title, codes }) => (
        <section key={title} aria-label={title}>
          <h3>{title}</h3>
          <ul className={styles.codes}>
            {codes.map(([code, { happened }]) => <li key={code}><button type="button" className={styles.link} onClick={() => onChoose(code)}>{plainCode(code)}</button><span>{happened}</span></li>)}
          </ul>
        </section>
      ))}
    </div>
  );
}
