import '@mantine/core/styles.css';
import '@mantine/dropzone/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './tokens.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { useMemo } from 'react';
import { Frame } from './frame/frame.tsx';
import { SessionProvider } from './frame/session.tsx';
import { useNoStrayDrops } from './frame/stray-drops.ts';
import { HelpPanel } from './help/help-panel.tsx';
import type { Host } from './host.ts';
import { clientOver, HostProvider } from './operator.ts';
import { resolveCssVariables, theme } from './theme.ts';

/** The whole window, over one host. */
export function App({ host }: { readonly host: Host }) {
  useNoStrayDrops();
  const connected = useMemo(() => ({ host, client: clientOver(host.send) }), [host]);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={resolveCssVariables} defaultColorScheme="auto">
      <HostProvider value={connected}>
        <Notifications position="bottom-right" limit={3} />
        <SessionProvider>
          <Frame />
          <HelpPanel />
        </SessionProvider>
      </HostProvider>
    </MantineProvider>
  );
}
