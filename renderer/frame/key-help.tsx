import { Kbd, Modal, Table } from '@mantine/core';
import { windowCommands } from '../../shared/contract/window/commands.ts';
import { usePreferences } from '../stores/preferences.ts';
import { isMacKeyboard, keyCaps } from './command-keys.ts';

/** Keys of rows and panels; those of commands come from their list. */
const rowKeys: readonly (readonly [readonly string[], string])[] = [
  [['/'], 'Search the rows'],
  [['↑', '↓'], 'Move from row to row'],
  [['Page Up', 'Page Down'], 'Move by a screenful'],
  [['Home', 'End'], 'First and last row'],
  [['Space'], 'Pick the row as a test row'],
  [['Enter'], 'Open the row at the right'],
  [['Esc'], 'Close the panel'],
  [['?'], 'These keys'],
];

const isMac = isMacKeyboard(navigator.userAgent);
const keys = [...rowKeys, ...windowCommands.map((command) => [keyCaps(command.keys, isMac), command.title] as const)];

export function KeyHelp() {
  const isOpen = usePreferences((state) => state.isKeyHelpOpen);
  const setOpen = usePreferences((state) => state.setKeyHelpOpen);
  return (
    <Modal opened={isOpen} onClose={() => setOpen(false)} title="Keys" centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <Table>
        <Table.Tbody>
          {keys.map(([combination, meaning]) => (
            <Table.Tr key={meaning}>
              <Table.Td>{combination.map((key) => <Kbd key={key} mr={4}>{key}</Kbd>)}</Table.Td>
              <Table.Td>{meaning}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
