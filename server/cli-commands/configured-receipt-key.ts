import { requireSetting } from '../config/read-setting.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { SettingError } from '../config/setting-error.ts';
import { keptReceiptKey } from '../receipts/kept-receipt-key.ts';
import { type ReceiptKey, readReceiptKey } from '../receipts/receipt-key.ts';
import type { CommandContext } from './command-context.ts';

/** The key that receipts are signed with: as configured, or the one that an embedded server keeps in its folder. @throws SettingError for one that is none. */
export function configuredReceiptKey(context: CommandContext, config: ServerConfig): ReceiptKey {
  const text = config.receiptKey ?? keptReceiptKey(requireSetting(context.settings, 'DRYDOCK_DATA', 'the key of receipts lies there'), context.randomBytes);
  return receiptKeyFrom(text);
}

/** @throws SettingError for a text that is no key. */
export function receiptKeyFrom(text: string): ReceiptKey {
  try {
    return readReceiptKey(text);
  } catch {
    throw new SettingError('DRYDOCK_RECEIPT_KEY', 'must be base64 of 32 random bytes, e.g. from: openssl rand -base64 32');
  }
}
