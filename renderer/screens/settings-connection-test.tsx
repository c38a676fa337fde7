import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Connection } from '../../shared/contract/operator/environments.ts';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { CommandProblem } from '../components/layout.tsx';
import { Note } from '../components/problem-notice.tsx';
import { Shown, When } from '../components/text.tsx';
import { connectionSentence } from '../frame/foot.tsx';
import { problemOf, useOperator } from '../operator.ts';
import { scopesInWords } from './settings-token.tsx';

type Tried = { readonly state: 'not_tried' } | { readonly state: 'asking' } | { readonly state: 'answered'; readonly connection: Connection; readonly at: string } | { readonly state: 'failed'; readonly problem: OperatorProblem };

/** Asks an environment who it is when a person wants to know, and keeps what it said on the card. Nothing is changed. */
export function useConnectionTest(name: string): { readonly tried: Tried; test(): void } {
  const operator = useOperator();
  const [tried, setTried] = useState<Tried>({ state: 'not_tried' });
  const ask = async (): Promise<void> => {
    setTried({ state: 'asking' });
    try {
      setTried({ state: 'answered', connection: await operator.call('environments.getConnection', { name }), at: new Date().toISOString() });
    } catch (thrown) {
      setTried({ state: 'failed', problem: problemOf(thrown) });
    }
  };
  return { tried, test: () => void ask() };
}

export function TestConnectionButton({ tried, onTest }: { readonly tried: Tried; readonly onTest: () => void }) {
  return <Button variant="default" loading={tried.state === 'asking'} onClick={onTest}>Test the connection</Button>;
}

/** What the test found; nothing before the first one. */
export function ConnectionFound({ tried }: { readonly tried: Tried }) {
  return (
    <div role="status">
      {tried.state === 'answered' && <Found connection={tried.connection} at={tried.at} />}
      {tried.state === 'failed' && <CommandProblem problem={tried.problem} />}
    </div>
  );
}

function Found({ connection, at }: { readonly connection: Connection; readonly at: string }) {
  switch (connection.state) {
    case 'connected': {
      const { sub, scopes, environment } = connection.session;
      return <Note tone="green" title="It answers"><When at={at} />: it is <Shown text={environment.id} />, a {environment.kind} environment, and takes you for <Shown text={sub} />, who may {scopesInWords(scopes)}.</Note>;
    }
    case 'none':
      return <Note tone="amber" title="It is not known any more">It was removed in another window.</Note>;
    case 'no_token':
      return <Note tone="amber" title="There is no token for it">Nothing was asked. Change the token, then test again.</Note>;
    case 'refused':
    case 'unreachable':
    case 'pin_changed':
      return <Note tone="red" title={connectionSentence(connection)}><Shown text={connection.detail} /></Note>;
    default:
      return assertNever(connection);
  }
}
