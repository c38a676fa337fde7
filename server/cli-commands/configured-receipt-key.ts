import { requireSetting } from '../config/read-setting.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { receiptKeyFrom } from '../config/receipt-key-setting.ts';
import { keptReceiptKey } from '../receipts/kept-receipt-key.ts';
import type { ReceiptKey } from '../receipts/receipt-key.ts';
import type { CommandContext } from './command-context.ts';

/** The key that receipts are signed with: as configured, or the one that an embedded server keeps in its folder. @throws SettingError for one that is none. */
export function configuredReceiptKey(context: CommandContext, config: ServerConfig): ReceiptKey {
  const text = config.receiptKey ?? keptReceiptKey(requireSetting(context.settings, 'DRYDOCK_DATA', 'the key of receipts lies there'), context.randomBytes);
  return receiptKeyFrom(text);
}
