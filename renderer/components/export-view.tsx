import { Button } from '@mantine/core';
import { IconTableExport } from '@tabler/icons-react';
import type { ExportedView } from '../../shared/contract/operator/views.ts';
import { useOperatorCommand } from '../operator.ts';
import { usePreferences } from '../stores/preferences.ts';
import { useDownload } from './download.ts';
import { CommandProblem } from './layout.tsx';

/** All rows of what is on screen as CSV, filtered and ordered as it is there, and masked where the screen is. */
export function ExportView({ view }: { readonly view: ExportedView }) {
  const isMasked = usePreferences((state) => state.isMasked);
  const exportView = useOperatorCommand('views.export');
  const file = useDownload();
  const run = async (): Promise<void> => file.keep(await exportView.run({ view, masked: isMasked }));
  return (
    <>
      <Button variant="default" size="compact-sm" leftSection={<IconTableExport size={14} aria-hidden />} loading={exportView.busy} onClick={() => void run()}>Export this view</Button>
      <CommandProblem problem={exportView.problem ?? file.problem} />
    </>
  );
}
