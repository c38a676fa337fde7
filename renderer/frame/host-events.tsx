import { useMantineColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { WindowEvent } from '../../shared/contract/window/events.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { useHost } from '../operator.ts';
import { useOfferedFile } from '../stores/offered-file.ts';
import { usePlace } from '../stores/place.ts';
import { useRefresh } from '../stores/refresh.ts';
import { useCommandActions } from './command-actions.ts';

/** Does what the app around the window tells it, and tells it the theme. Shows nothing. */
export function HostEvents() {
  const host = useHost();
  const actions = useCommandActions();
  const { colorScheme } = useMantineColorScheme();
  const { offer, miss } = useOfferedFile();
  const { goTo, selectRun } = usePlace();
  const refresh = useRefresh((state) => state.refresh);

  const latest = useRef((_event: WindowEvent): void => undefined);
  latest.current = (event) => {
    switch (event.kind) {
      case 'command':
        return actions[event.id]();
      case 'file-offered':
        return offer(event.file);
      case 'file-missing':
        return miss(event.file_name);
      case 'show-run':
        goTo('runs');
        return selectRun(event.run_id);
      case 'woke':
        return refresh();
      default:
        return assertNever(event);
    }
  };

  useEffect(() => host.listen((event) => latest.current(event)), [host]);
  useEffect(() => host.setTheme(colorScheme), [host, colorScheme]);
  return null;
}
