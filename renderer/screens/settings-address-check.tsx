import { useState } from 'react';
import type { AddressCheck } from '../../shared/contract/operator/environments.ts';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { CommandProblem } from '../components/layout.tsx';
import { Note, ProblemNotice } from '../components/problem-notice.tsx';
import { Shown } from '../components/text.tsx';
import { problemOf, useOperator } from '../operator.ts';
import styles from './screens.module.css';

type Looked = { readonly state: 'not_looked' } | { readonly state: 'looking'; readonly address: string } | { readonly state: 'found'; readonly address: string; readonly found: AddressCheck } | { readonly state: 'failed'; readonly address: string; readonly problem: OperatorProblem };

/** Finds out what answers at an address before a token goes there. What was found of another address than `address` is not shown. */
export function useAddressCheck(address: string): { readonly looked: Looked; check(): Promise<AddressCheck | undefined> } {
  const operator = useOperator();
  const [looked, setLooked] = useState<Looked>({ state: 'not_looked' });
  const isOfThis = looked.state !== 'not_looked' && looked.address === address;
  const check = async (): Promise<AddressCheck | undefined> => {
    setLooked({ state: 'looking', address });
    const settle = (next: Looked): void => setLooked((known) => (known.state === 'looking' && known.address === address ? next : known));
    try {
      const found = await operator.call('environments.checkAddress', { url: address });
      settle({ state: 'found', address, found });
      return found;
    } catch (thrown) {
      settle({ state: 'failed', address, problem: problemOf(thrown) });
      return undefined;
    }
  };
  return { looked: isOfThis ? looked : { state: 'not_looked' }, check };
}

/** Whether a token may go to what answers there: to an admin API alone, also to one that is starting. */
export function isAdminApi({ verdict }: AddressCheck): boolean {
  switch (verdict) {
    case 'admin_api':
    case 'not_ready':
      return true;
    case 'web_page':
    case 'redirect':
    case 'wrong_path':
    case 'proxy':
    case 'other_program':
    case 'certificate':
    case 'unreachable':
      return false;
    default:
      return assertNever(verdict);
  }
}

/** What answers at the address, under its field. */
export function AddressFound({ looked }: { readonly looked: Looked }) {
  return <div role="status">{told(looked)}</div>;
}

function told(looked: Looked) {
  switch (looked.state) {
    case 'not_looked':
      return null;
    case 'looking':
      return <p className={styles.hint}>Asking who answers there. No token is sent.</p>;
    case 'failed':
      return <CommandProblem problem={looked.problem} />;
    case 'found':
      return <Verdict found={looked.found} />;
    default:
      return assertNever(looked);
  }
}

function Verdict({ found }: { readonly found: AddressCheck }) {
  const { verdict, code, title, detail } = found;
  if (!isAdminApi(found)) return <ProblemNotice problem={{ code: code ?? verdict, title, detail, request_id: null }} />;
  return <Note tone={verdict === 'admin_api' ? 'green' : 'amber'} title={<Shown text={title} />}><Shown text={detail} /> With a token it also says whether it is practice, staging or production.</Note>;
}
