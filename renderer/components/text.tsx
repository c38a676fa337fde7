import { CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { maskEmail, maskValue } from '../../shared/core/mask.ts';
import { usePreferences } from '../stores/preferences.ts';
import { formatLocal, formatUtc, shortHash } from './format.ts';
import styles from './text.module.css';
import { visibleParts } from './visible-text.ts';

/** Text from data: characters that cannot be seen stand as codes, and its writing direction stays inside. */
export function Shown({ text }: { readonly text: string }) {
  return (
    <bdi className={styles.shown}>
      {visibleParts(text).map((part, index) =>
        part.kind === 'plain' ? part.text : <span key={index} className={styles.code}>{part.text}</span>,
      )}
    </bdi>
  );
}

/** An e-mail address, masked while the mask is on. */
export function Email({ address }: { readonly address: string }) {
  const isMasked = usePreferences((state) => state.isMasked);
  return <Shown text={isMasked ? maskEmail(address) : address} />;
}

/** A name or an id of a person, masked while the mask is on. */
export function Personal({ text }: { readonly text: string }) {
  const isMasked = usePreferences((state) => state.isMasked);
  return <Shown text={isMasked ? maskText(text) : text} />;
}

/** Masks what may be an address, an id or a name. */
export function maskText(text: string): string {
  return text.includes('@') ? maskEmail(text) : maskValue(text);
}

/** A moment in local time, with UTC on hover. */
export function When({ at }: { readonly at: string | null | undefined }) {
  if (at === null || at === undefined) return <span aria-label="none">–</span>;
  return <time className={styles.when} dateTime={at} title={formatUtc(at)}>{formatLocal(at)}</time>;
}

/** The first digits of a hash; the button copies all of it. */
export function Hash({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <span className={styles.hash}>
      <span title={value}>{shortHash(value)}</span>
      <CopyButton value={value} timeout={1500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : `Copy ${label}`}>
            <button type="button" className={styles.copy} onClick={copy} aria-label={copied ? `${label} copied` : `Copy ${label}`}>
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            </button>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
}
