import { createRoot } from 'react-dom/client';
import { environmentKindSchema } from '../../shared/contract/admin/session.ts';
import { App } from '../app.tsx';
import { usePlace, type Screen } from '../stores/place.ts';
import { stepNames } from '../steps/steps.ts';
import { fakeHost } from './fake-operator.ts';
import { fakeStageOf, fakeWorld } from './fake-world.ts';

const screens: readonly Screen[] = ['migrations', 'way', 'runs', 'reports', 'journal', 'settings', 'about'];
const asked = new URLSearchParams(window.location.search);
const screen = screens.find((candidate) => candidate === asked.get('screen'));
const step = stepNames.find((candidate) => candidate === asked.get('step'));
if (step !== undefined) usePlace.getState().openStep(step);
if (screen !== undefined) usePlace.getState().goTo(screen);

const world = fakeWorld(fakeStageOf(asked.get('stage')), environmentKindSchema.safeParse(asked.get('kind')).data ?? 'practice', Number(asked.get('rows') ?? 57));
const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App host={fakeHost(world)} />);
