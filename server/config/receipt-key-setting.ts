import { type ReceiptKey, readReceiptKey } from '../receipts/receipt-key.ts';
import { SettingError } from './setting-error.ts';

/** The key that a text of `DRYDOCK_RECEIPT_KEY` is. @throws SettingError for a text that is no key, and holds nothing of it. */
export function receiptKeyFrom(text: string): ReceiptKey {
  try {
    return readReceiptKey(text);
  } catch {
    throw new SettingError('DRYDOCK_RECEIPT_KEY', 'must be base64 of 32 random bytes, e.g. from: openssl rand -base64 32');
  }
}
