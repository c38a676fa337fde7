import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { stepNames, type StepName } from '../steps/steps.ts';
import { usePlace } from '../stores/place.ts';
import { usePreferences } from '../stores/preferences.ts';
import { useRefresh } from '../stores/refresh.ts';
import { screenTitles } from './side-nav.tsx';

export const stepTitles: Readonly<Record<StepName, string>> = {
  load: 'Load',
  check: 'Check',
  dry_run: 'Dry run',
  test_run: 'Test run',
  approval: 'Approve',
  execution: 'Execute',
  verification: 'Verify',
  report: 'Report',
  follow_up: 'Follow-up',
  roll_back: 'Roll back',
};

/** Every command by name: Ctrl/Cmd-K. */
export function Commands() {
  const place = usePlace();
  const preferences = usePreferences();
  const refresh = useRefresh((state) => state.refresh);
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const actions: SpotlightActionGroupData[] = [
    { group: 'Go to', actions: screenTitles.map(({ screen, title }) => ({ id: `go-${screen}`, label: title, onClick: () => place.goTo(screen) })) },
    { group: 'Steps', actions: stepNames.map((step) => ({ id: `step-${step}`, label: `Step: ${stepTitles[step]}`, onClick: () => place.openStep(step) })) },
    {
      group: 'Window',
      actions: [
        { id: 'mask', label: preferences.isMasked ? 'Show personal data' : 'Mask personal data', description: 'Addresses and names, for sharing the screen', onClick: preferences.toggleMasked },
        { id: 'theme', label: scheme === 'dark' ? 'Use the light theme' : 'Use the dark theme', onClick: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark') },
        { id: 'theme-auto', label: 'Use the theme of the system', onClick: () => setColorScheme('auto') },
        { id: 'refresh', label: 'Ask the server again', description: 'Everything on screen', onClick: refresh },
        { id: 'keys', label: 'Show the keys', onClick: () => preferences.setKeyHelpOpen(true) },
      ],
    },
  ];
  return (
    <Spotlight
      actions={actions}
      shortcut={['mod + K']}
      nothingFound="No command has that name"
      highlightQuery
      scrollable
      attributes={{ content: { 'aria-label': 'Commands' } }}
      maxHeight={420}
      searchProps={{ leftSection: <IconSearch size={16} aria-hidden />, placeholder: 'Find a command', 'aria-label': 'Find a command' }}
    />
  );
}
