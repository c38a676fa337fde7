import { formatCount } from '../components/format.ts';
import { Empty, Loaded, PlainTable } from '../components/layout.tsx';
import { Note } from '../components/problem-notice.tsx';
import { Hash, When } from '../components/text.tsx';
import { useOperatorQuery } from '../operator.ts';

const SHOWN = 200;

/** The heads of this journal that the server keeps: what shows an older copy, or a chain made anew. */
export function JournalAnchors() {
  const anchors = useOperatorQuery('journal.listAnchors', { offset: 0, limit: SHOWN });
  return (
    <Loaded query={anchors}>
      {({ items, total, is_reachable: isReachable }) => {
        if (!isReachable) return <Note tone="amber" title="The server cannot be asked">Its heads of this journal are compared as soon as it can be reached. Until then the chain is checked alone.</Note>;
        if (items.length === 0) return <Empty title="Nothing anchored yet">The first head goes to the server with the first thing you do there.</Empty>;
        return (
          <PlainTable label="Heads at the server">
            <thead><tr><th scope="col">Entry</th><th scope="col">Anchored</th><th scope="col">Hash</th><th scope="col">The journal here</th></tr></thead>
            <tbody>
              {items.map(({ seq, hash, anchored_at, agrees }) => (
                <tr key={seq}>
                  <td>{formatCount(seq)}</td>
                  <td><When at={anchored_at} /></td>
                  <td><Hash value={hash} label={`hash of head ${seq}`} /></td>
                  <td>{agrees ? 'says the same' : 'says something else'}</td>
                </tr>
              ))}
              {total > items.length && <tr><td colSpan={4}>And {formatCount(total - items.length)} older ones.</td></tr>}
            </tbody>
          </PlainTable>
        );
      }}
    </Loaded>
  );
}
