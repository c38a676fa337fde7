import { Button, Group } from '@mantine/core';
import { IconFolder } from '@tabler/icons-react';
import { useState } from 'react';
import type { ShownFolder } from '../../shared/contract/window/events.ts';
import { Card, CommandProblem, Facts, Heading, Loaded, Workspace } from '../components/layout.tsx';
import { Shown } from '../components/text.tsx';
import { problemOf, useHost, useOperatorQuery } from '../operator.ts';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';

/** What this Drydock is made of and where it keeps things, for whoever asks for help with it. */
export function AboutScreen() {
  const info = useOperatorQuery('app.getInfo', {});
  const { showFolder } = useHost();
  const [problem, setProblem] = useState<OperatorProblem | undefined>(undefined);
  const show = (folder: ShownFolder): void => {
    setProblem(undefined);
    showFolder?.(folder).catch((thrown: unknown) => setProblem(problemOf(thrown)));
  };
  return (
    <Workspace>
      <Heading title="About Drydock" lead="Changes a known list of customer accounts, once, and proves what was done." />
      <CommandProblem problem={problem} />
      <Loaded query={info}>
        {(value) => (
          <>
            <Card label="Versions">
              <h2>Versions</h2>
              <Facts items={[['Drydock', value.version], ...value.parts.map(({ name, version }) => [name, version] as const)]} />
            </Card>
            <Card label="Folders">
              <h2>Where things are kept</h2>
              <Facts
                items={[
                  ['Journal, environments, reports', <Shown key="home" text={value.home} />],
                  ...(showFolder === undefined ? [] : [['Log', <Shown key="logs" text={`${value.home} → logs`} />] as const]),
                ]}
              />
              {showFolder !== undefined && (
                <Group gap="xs" mt="sm">
                  <Button variant="default" leftSection={<IconFolder size={15} aria-hidden />} onClick={() => show('home')}>Show the folder</Button>
                  <Button variant="default" leftSection={<IconFolder size={15} aria-hidden />} onClick={() => show('logs')}>Show the log folder</Button>
                </Group>
              )}
            </Card>
          </>
        )}
      </Loaded>
      <Card label="Licence">
        <h2>Licence</h2>
        <p>Drydock is free software under the MIT licence; its text is in the file LICENSE of the source.</p>
      </Card>
    </Workspace>
  );
}
