/** A run of text as it stands, or one character that is shown as its code because it cannot be seen or turns the line. */
export type TextPart = { readonly kind: 'plain'; readonly text: string } | { readonly kind: 'code'; readonly text: string };

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Splits text so that control characters, invisible ones and direction overrides can be shown as codes (U+202E). */
export function visibleParts(text: string): readonly TextPart[] {
  if (!UNSEEN.test(text)) return [{ kind: 'plain', text }];
  const parts: TextPart[] = [];
  let plain = '';
  for (const character of text) {
    if (!UNSEEN.test(character)) {
      plain += character;
      continue;
    }
    if (plain !== '') parts.push({ kind: 'plain', text: plain });
    plain = '';
    parts.push({ kind: 'code', text: codeOf(character) });
  }
  if (plain !== '') parts.push({ kind: 'plain', text: plain });
  return parts;
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
