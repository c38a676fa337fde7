import { expect, onTestFinished, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { usePlace } from '../stores/place.ts';
import { keptTourState, useTour } from '../stores/tour.ts';
import { fakeWorld } from '../testing/fake-world.ts';
import { openWindow } from '../testing/open-window.tsx';
import { stepNames } from '../steps/steps.ts';
import { tourStops } from './tour-words.ts';

const strip = () => page.getByRole('region', { name: 'Tour' });

test('first start offers the tour, which follows the person to the first step', async () => {
  const world = fakeWorld('first_start');
  openWindow(world);
  await page.getByRole('button', { name: 'Show me round' }).click();
  await expect.element(strip().getByText('Press “Practise on made-up data”.')).toBeVisible();
  expect(world.calls.map(({ name }) => name)).not.toContain('practice.start');
  await page.getByRole('button', { name: 'Practise on made-up data' }).click();
  await expect.element(strip().getByText(tourStops.load.press)).toBeVisible();
});

test('the keyboard alone opens the tour, leaves it, and takes it up again', async () => {
  openWindow(fakeWorld('connected'));
  await expect.element(page.getByRole('heading', { name: 'Load', level: 1 })).toBeVisible();
  await userEvent.keyboard('{F2}');
  await expect.element(strip()).toHaveFocus();
  await userEvent.keyboard('{Escape}');
  await expect.element(strip()).not.toBeInTheDocument();
  expect(keptTourState()).toBe('left');
  await userEvent.keyboard('{F2}');
  await expect.element(strip()).toHaveFocus();
  expect(keptTourState()).toBe('open');
});

test('every step has its words, above what they speak of, in the smallest window', async () => {
  await page.viewport(1024, 700);
  onTestFinished(() => page.viewport(1280, 800));
  openWindow(fakeWorld('reported'));
  useTour.getState().open();
  for (const step of stepNames) {
    usePlace.getState().openStep(step);
    await expect.element(strip().getByText(tourStops[step].about)).toBeVisible();
    await expect.element(page.getByRole('heading', { level: 1 })).toBeVisible();
    expect(strip().element().getBoundingClientRect().bottom, step).toBeLessThanOrEqual(page.getByRole('navigation', { name: 'Steps' }).element().getBoundingClientRect().top);
  }
});

test('a step that is not open is not said to be pressed', async () => {
  openWindow(fakeWorld('checked'), { step: 'execution' });
  useTour.getState().open();
  await expect.element(strip().getByText('It is not open yet', { exact: false })).toBeVisible();
  await expect.element(strip().getByText(tourStops.execution.press)).not.toBeInTheDocument();
});

test('among real customers the tour names nothing to press', async () => {
  openWindow(fakeWorld('approved', 'production'), { step: 'execution' });
  useTour.getState().open();
  await expect.element(strip().getByText('this environment is not the practice one', { exact: false })).toBeVisible();
  await expect.element(strip().getByText(tourStops.execution.press)).not.toBeInTheDocument();
});
