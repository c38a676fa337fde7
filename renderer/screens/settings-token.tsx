import type { ReactNode } from 'react';
import type { Scope } from '../../shared/contract/admin/endpoint.ts';
import type { TokenDescription } from '../../shared/contract/operator/environments.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { formatDuration } from '../components/format.ts';
import { Loaded } from '../components/layout.tsx';
import { useNow } from '../components/now.ts';
import { Tag } from '../components/tag.tsx';
import { Shown, When } from '../components/text.tsx';
import { useOperatorQuery, type QueryState } from '../operator.ts';
import styles from './screens.module.css';

const TOKEN_POLL_MS = 20_000;
const scopeWords: Readonly<Record<Scope, string>> = { 'migration:read': 'look', 'migration:write': 'run', 'migration:approve': 'approve' };
const origins: Readonly<Record<TokenDescription['from'], string>> = { kept: 'Kept on this machine.', variable: 'From the variable DRYDOCK_TOKEN, which goes before a kept one.', practice: 'Brought by the practice server.' };

/** What a token allows, in the words of the way: `look, run`. */
export function scopesInWords(scopes: readonly Scope[]): string {
  return scopes.length === 0 ? 'nothing here' : scopes.map((scope) => scopeWords[scope]).join(', ');
}

type AskedToken = QueryState<TokenDescription> & { readonly reload: () => void };

/** What the token of an environment says of itself, asked again while it runs down. */
export function useToken(name: string): AskedToken {
  return useOperatorQuery('environments.describeToken', { name }, { pollMs: TOKEN_POLL_MS });
}

/** Whose a token is, what it allows, and what is left of it. The server alone judges it. */
export function TokenFacts({ token }: { readonly token: AskedToken }) {
  return <Loaded query={token}>{(value) => <Described token={value} />}</Loaded>;
}

function Described({ token }: { readonly token: TokenDescription }) {
  switch (token.state) {
    case 'none':
      return <Line tag={<Tag tone="grey">none</Tag>}>{token.from === 'practice' ? 'It comes with the practice server, once that runs.' : 'Nothing can be asked there until it has one.'}</Line>;
    case 'opaque':
      return <Line tag={<Tag tone="grey">cannot be read</Tag>}>It does not say what it allows or when it ends. {origins[token.from]}</Line>;
    case 'valid':
      return <Line tag={<Tag tone="green">valid</Tag>}><Allowed token={token} /></Line>;
    case 'expiring':
      return <Line tag={<Tag tone="amber">expiring soon</Tag>}><Allowed token={token} /> Ask for a new one before you begin a run.</Line>;
    case 'expired':
      return <Line tag={<Tag tone="red">expired</Tag>}>It ended <When at={token.expires_at} />. The server refuses it; change the token.</Line>;
    case 'of_another_environment':
      return <Line tag={<Tag tone="red">of another environment</Tag>}>It was issued for <Shown text={token.issuer ?? 'somebody else'} /> and is not sent here. Change the token.</Line>;
    default:
      return assertNever(token.state);
  }
}

function Line({ tag, children }: { readonly tag: ReactNode; readonly children: ReactNode }) {
  return <p className={styles.plain}>{tag} {children}</p>;
}

function Allowed({ token: { subject, scopes, expires_at: expiresAt, from } }: { readonly token: TokenDescription }) {
  const nowMs = useNow();
  return (
    <>
      {subject !== null && <><Shown text={subject} /> may </>}{subject === null && 'It allows to '}{scopesInWords(scopes)}.{' '}
      {expiresAt === null ? 'It does not say when it ends.' : <>It ends <When at={expiresAt} />, in {formatDuration((Date.parse(expiresAt) - nowMs) / 1000)}.</>}{' '}
      {origins[from]}
    </>
  );
}
