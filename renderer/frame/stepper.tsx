import { Tooltip, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconLock, IconMinus } from '@tabler/icons-react';
import type { Step, StepName } from '../steps/steps.ts';
import styles from './frame.module.css';

const stateWords: Readonly<Record<Step['state'], string>> = { passed: 'done', open: 'open', closed: 'not open yet', not_needed: 'not needed' };

/** The way, step by step. A step that is not open can be looked at: it says what opens it. */
export function Stepper({ steps, shown, onStep }: { readonly steps: readonly Step[]; readonly shown: StepName; readonly onStep: (step: StepName) => void }) {
  return (
    <nav aria-label="Steps">
      <ol className={styles.stepper}>
        {steps.map((step, index) => (
          <li key={step.name}>
            <Tooltip label={step.detail}>
              <button type="button" className={styles.step} data-state={step.state} aria-current={step.name === shown ? 'step' : undefined} onClick={() => onStep(step.name)}>
                <span className={styles.dot} aria-hidden>{markOf(step, index)}</span>
                <span>{step.title}<VisuallyHidden>({stateWords[step.state]})</VisuallyHidden></span>
              </button>
            </Tooltip>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function markOf(step: Step, index: number) {
  if (step.state === 'passed') return <IconCheck size={14} stroke={3} />;
  if (step.state === 'closed') return <IconLock size={12} />;
  if (step.state === 'not_needed') return <IconMinus size={14} />;
  return index + 1;
}
