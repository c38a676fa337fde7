import { join } from 'node:path';
import type { MainLogger } from 'electron-log';
import type { OperatorLog } from '../operator/log.ts';

/** Old lines make room for new ones at this size; the file before is kept beside it. */
const LARGEST_LOG_BYTES = 5 * 1024 * 1024;

/** The app's log: one JSON line an event, in `logs/drydock.log` under the home. Only listed fields can be in it (A19). */
export function openAppLog(logger: MainLogger, home: string): OperatorLog {
  logger.transports.file.resolvePathFn = () => join(home, 'logs', 'drydock.log');
  logger.transports.file.maxSize = LARGEST_LOG_BYTES;
  logger.transports.file.format = '{y}-{m}-{d}T{h}:{i}:{s}.{ms}{z} {level} {text}';
  logger.transports.console.level = false;
  return {
    write({ level, event, call, fault, code, requestId, durationMs, count }) {
      const line = JSON.stringify({ event, call, fault, code, request_id: requestId, duration_ms: durationMs, count });
      switch (level) {
        case 'info':
          return logger.info(line);
        case 'warning':
          return logger.warn(line);
        case 'error':
          return logger.error(line);
      }
    },
  };
}
