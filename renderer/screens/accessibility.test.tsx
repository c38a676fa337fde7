import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { axeFindings } from '../testing/axe-findings.ts';
import type { TokenDescription } from '../../shared/contract/operator/environments.ts';
import type { FakeStage } from '../testing/fake-world.ts';
import { fakeWorld } from '../testing/fake-world.ts';
import { openWindow } from '../testing/open-window.tsx';
import { usePlace, type Screen } from '../stores/place.ts';
import { useTour } from '../stores/tour.ts';
import type { StepName } from '../steps/steps.ts';

interface Place {
  readonly stage: FakeStage;
  readonly heading: string | RegExp;
  readonly step?: StepName;
  readonly screen?: Screen;
  readonly run?: string;
  readonly token?: TokenDescription['state'];
  readonly tour?: boolean;
}

const places: readonly Place[] = [
  { stage: 'first_start', heading: /^Change a known list/ },
  { stage: 'connected', heading: 'Load', tour: true },
  { stage: 'planned', step: 'dry_run', heading: 'Dry run', tour: true },
  { stage: 'offline', heading: 'practice' },
  { stage: 'connected', heading: 'Load' },
  { stage: 'checked', step: 'check', heading: 'Check' },
  { stage: 'refused', step: 'check', heading: 'Check' },
  { stage: 'checked', step: 'approval', heading: 'Approve' },
  { stage: 'planned', step: 'dry_run', heading: 'Dry run' },
  { stage: 'planned', step: 'test_run', heading: 'Test run' },
  { stage: 'tested', step: 'test_run', heading: 'Test run' },
  { stage: 'tested', step: 'approval', heading: 'Approve' },
  { stage: 'approved', step: 'execution', heading: 'Execute' },
  { stage: 'executed', step: 'execution', heading: 'Execute' },
  { stage: 'reported', step: 'report', heading: 'Report' },
  { stage: 'executed', step: 'follow_up', heading: 'Follow-up' },
  { stage: 'executed', step: 'verification', heading: 'Verify' },
  { stage: 'executed', step: 'roll_back', heading: 'Roll back' },
  { stage: 'planned', screen: 'migrations', heading: 'Migrations' },
  { stage: 'executed', screen: 'runs', heading: 'Runs' },
  { stage: 'executed', screen: 'runs', run: 'run_exec', heading: 'Execution' },
  { stage: 'reported', screen: 'reports', heading: 'Reports' },
  { stage: 'connected', screen: 'reports', heading: 'Reports' },
  { stage: 'executed', screen: 'journal', heading: 'Journal' },
  { stage: 'planned', screen: 'settings', heading: 'Settings' },
  { stage: 'first_start', screen: 'settings', heading: 'Settings' },
  { stage: 'offline', screen: 'settings', heading: 'Settings' },
  { stage: 'connected', screen: 'settings', token: 'expiring', heading: 'Settings' },
  { stage: 'connected', screen: 'about', heading: 'About Drydock' },
];
const cases = (['light', 'dark'] as const).flatMap((theme) => places.map((place) => ({ ...place, theme, name: `${place.step ?? place.run ?? place.screen ?? 'first screen'}${place.tour === true ? ' with the tour' : ''}, ${place.token ?? place.stage}, ${theme}` })));

test.each(cases)('nobody is locked out: $name', async ({ stage, heading, theme, step, screen, run, token, tour }) => {
  localStorage.setItem('mantine-color-scheme-value', theme);
  openWindow({ ...fakeWorld(stage), ...(token === undefined ? {} : { token: { state: token } }) }, { ...(step === undefined ? {} : { step }), ...(screen === undefined ? {} : { screen }) });
  usePlace.setState({ runId: run ?? null });
  if (tour === true) useTour.getState().open();
  await expect.element(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
  await expect.poll(() => document.querySelector('[role=status][aria-label^="Fetching"], [role=status][aria-label="Loading"]')).toBeNull();
  expect(await axeFindings()).toEqual([]);
});
