import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import type { CommandId } from '../../shared/contract/window/commands.ts';
import { useHost } from '../operator.ts';
import { useHelp } from '../stores/help.ts';
import { useOfferedFile } from '../stores/offered-file.ts';
import { usePlace } from '../stores/place.ts';
import { usePreferences } from '../stores/preferences.ts';
import { useRefresh } from '../stores/refresh.ts';
import { useTour } from '../stores/tour.ts';

/** What each command does, whichever way it is given: palette, native menu, keys. */
export function useCommandActions(): Readonly<Record<CommandId, () => void>> {
  const host = useHost();
  const { goTo, openStep } = usePlace();
  const { toggleMasked, setKeyHelpOpen } = usePreferences();
  const { take, fail } = useOfferedFile();
  const refresh = useRefresh((state) => state.refresh);
  const showHelp = useHelp((state) => state.show);
  const openTour = useTour((state) => state.open);
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  return {
    'open-csv': () => void host.openFile('csv').then((file) => file !== null && take(file), fail),
    'export-report': () => openStep('report'),
    'go-migrations': () => goTo('migrations'),
    'go-runs': () => goTo('runs'),
    'go-reports': () => goTo('reports'),
    'go-journal': () => goTo('journal'),
    'go-settings': () => goTo('settings'),
    'go-about': () => goTo('about'),
    'step-load': () => openStep('load'),
    'step-check': () => openStep('check'),
    'step-dry_run': () => openStep('dry_run'),
    'step-test_run': () => openStep('test_run'),
    'step-approval': () => openStep('approval'),
    'step-execution': () => openStep('execution'),
    'step-verification': () => openStep('verification'),
    'step-report': () => openStep('report'),
    'step-follow_up': () => openStep('follow_up'),
    'step-roll_back': () => openStep('roll_back'),
    palette: spotlight.open,
    mask: toggleMasked,
    theme: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark'),
    'theme-auto': () => setColorScheme('auto'),
    refresh,
    keys: () => setKeyHelpOpen(true),
    tour: openTour,
    errors: () => showHelp({ kind: 'all' }),
  };
}
