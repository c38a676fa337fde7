import type { Facts } from '../../../shared/core/facts.ts';
import { factText } from '../../components/fact-text.ts';
import { Shown } from '../../components/text.tsx';
import { fieldTitle } from '../../components/words.ts';
import { usePreferences } from '../../stores/preferences.ts';

/** Facts in one line of a grid; the panel has them whole. */
export function FactsInLine({ facts }: { readonly facts: Facts }) {
  const isMasked = usePreferences((state) => state.isMasked);
  const text = Object.keys(facts).sort().map((name) => `${fieldTitle(name)}: ${factText(facts[name], isMasked)}`).join(', ');
  return <span title={text}><Shown text={text} /></span>;
}
