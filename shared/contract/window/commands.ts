import { z } from 'zod';

/** Everything that a person can tell the window to do, by name: the palette, the native menu and the key help show this list. */
export const windowCommands = [
  { id: 'open-csv', group: 'File', title: 'Open a CSV…', keys: 'mod+O' },
  { id: 'export-report', group: 'File', title: 'Export a report…', keys: 'mod+E' },
  { id: 'go-migrations', group: 'Go', title: 'Migrations', keys: 'mod+1' },
  { id: 'go-runs', group: 'Go', title: 'Runs', keys: 'mod+2' },
  { id: 'go-reports', group: 'Go', title: 'Reports', keys: 'mod+3' },
  { id: 'go-journal', group: 'Go', title: 'Journal', keys: 'mod+4' },
  { id: 'go-settings', group: 'Go', title: 'Settings', keys: 'mod+5' },
  { id: 'go-about', group: 'Go', title: 'About Drydock', keys: 'mod+6' },
  { id: 'step-load', group: 'Steps', title: 'Step: Load', keys: 'alt+1' },
  { id: 'step-check', group: 'Steps', title: 'Step: Check', keys: 'alt+2' },
  { id: 'step-dry_run', group: 'Steps', title: 'Step: Dry run', keys: 'alt+3' },
  { id: 'step-test_run', group: 'Steps', title: 'Step: Test run', keys: 'alt+4' },
  { id: 'step-approval', group: 'Steps', title: 'Step: Approve', keys: 'alt+5' },
  { id: 'step-execution', group: 'Steps', title: 'Step: Execute', keys: 'alt+6' },
  { id: 'step-verification', group: 'Steps', title: 'Step: Verify', keys: 'alt+7' },
  { id: 'step-report', group: 'Steps', title: 'Step: Report', keys: 'alt+8' },
  { id: 'step-follow_up', group: 'Steps', title: 'Step: Follow-up', keys: 'alt+9' },
  { id: 'step-roll_back', group: 'Steps', title: 'Step: Roll back', keys: 'alt+0' },
  { id: 'palette', group: 'Window', title: 'Every command, by name', keys: 'mod+K' },
  { id: 'mask', group: 'Window', title: 'Mask or show personal data', keys: 'mod+shift+M' },
  { id: 'theme', group: 'Window', title: 'Change between light and dark', keys: 'mod+shift+L' },
  { id: 'theme-auto', group: 'Window', title: 'Use the theme of the system', keys: 'mod+shift+U' },
  { id: 'refresh', group: 'Window', title: 'Ask the server again', keys: 'F5' },
  { id: 'keys', group: 'Window', title: 'Show the keys', keys: 'F1' },
  { id: 'tour', group: 'Window', title: 'Show me round', keys: 'F2' },
  { id: 'errors', group: 'Window', title: 'Explain an error', keys: 'shift+F1' },
] as const satisfies readonly WindowCommand[];

interface WindowCommand {
  readonly id: string;
  readonly group: CommandGroup;
  readonly title: string;
  /** `mod` is Ctrl, or Cmd on a Mac; a digit is the key in its place, whatever it writes. */
  readonly keys: string;
}

export type CommandGroup = 'File' | 'Go' | 'Steps' | 'Window';
export const commandGroups: readonly CommandGroup[] = ['File', 'Go', 'Steps', 'Window'];

export type CommandId = (typeof windowCommands)[number]['id'];

export const commandIdSchema = z.enum(windowCommands.map(({ id }) => id));
