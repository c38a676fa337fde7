import type { VerificationOfReport } from '../../../shared/contract/operator/reports.ts';
import { Tag, type Tone } from '../../components/tag.tsx';
import { When } from '../../components/text.tsx';

const verdictTags: Readonly<Record<VerificationOfReport['verdict'], readonly [Tone, string]>> = { passed: ['green', 'Holds'], incomplete: ['amber', 'Not shown to hold'], failed: ['red', 'Does not hold'] };

/** What came of a verification, and when. */
export function Verified({ verification: { verdict, verified_at } }: { readonly verification: VerificationOfReport }) {
  const [tone, words] = verdictTags[verdict];
  return <><Tag tone={tone}>{words}</Tag> <When at={verified_at} /></>;
}
