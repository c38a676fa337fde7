import { hash } from 'node:crypto';

/** SHA-256 of text as UTF-8, lower-case hex, by Node. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
