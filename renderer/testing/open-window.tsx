import { createRoot } from 'react-dom/client';
import { onTestFinished } from 'vitest';
import { App } from '../app.tsx';
import { useHelp } from '../stores/help.ts';
import { useOfferedFile } from '../stores/offered-file.ts';
import { usePlace, type Screen } from '../stores/place.ts';
import { usePreferences } from '../stores/preferences.ts';
import { useReviews } from '../stores/review.ts';
import { useRollbacks } from '../stores/rollbacks.ts';
import { useSourceFile } from '../stores/source-file.ts';
import { useTour } from '../stores/tour.ts';
import type { StepName } from '../steps/steps.ts';
import { fakeHost } from './fake-operator.ts';
import type { FakeWorld } from './fake-world.ts';

/** Opens the whole window over a made-up operator, at a step or screen, and closes it when the test is over. */
export function openWindow(world: FakeWorld, at: { readonly step?: StepName; readonly screen?: Screen } = {}): void {
  usePlace.setState({ screen: at.screen ?? 'way', step: at.step ?? null, migration: null, runId: null, planView: 'rows', runToVerify: null, toRollBack: null });
  sessionStorage.clear();
  usePreferences.setState({ isMasked: false, isKeyHelpOpen: false });
  useTour.setState({ state: 'not_begun', at: null, asked: 0 });
  useHelp.setState({ shown: { kind: 'nothing' } });
  useReviews.setState({ byPlan: {} });
  useRollbacks.setState({ byMigration: {} });
  useOfferedFile.getState().clear();
  useSourceFile.setState({ picked: null, checked: null });
  const element = document.createElement('div');
  element.id = 'root';
  document.body.append(element);
  const root = createRoot(element);
  root.render(<App host={fakeHost(world)} />);
  onTestFinished(() => {
    root.unmount();
    element.remove();
  });
}

/** Inputs of every call of a procedure, in order. */
export function callsOf(world: FakeWorld, name: string): readonly unknown[] {
  return world.calls.filter((call) => call.name === name).map((call) => call.input);
}
