import { useHotkeys } from '@mantine/hooks';
import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { commandGroups, windowCommands } from '../../shared/contract/window/commands.ts';
import { useHost } from '../operator.ts';
import { useCommandActions } from './command-actions.ts';
import { hotkeyOf } from './command-keys.ts';

/** Every command by name: Ctrl/Cmd-K. In a browser tab also by its keys, which in Electron are the native menu's. */
export function Commands() {
  const { kind } = useHost();
  const actions = useCommandActions();
  const bound = kind === 'browser' ? windowCommands.filter(({ id }) => id !== 'palette') : [];
  useHotkeys(bound.map(({ id, keys }) => [...hotkeyOf(keys, actions[id])]), []);
  const groups: SpotlightActionGroupData[] = commandGroups.map((group) => ({
    group,
    actions: windowCommands.filter((command) => command.group === group && command.id !== 'palette').map(({ id, title }) => ({ id, label: title, onClick: actions[id] })),
  }));
  return (
    <Spotlight
      actions={groups}
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
