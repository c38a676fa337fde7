import { type DestinationStream, pino } from 'pino';

/** What may stand in a log line. Everything else is left out: a list of what to hide always misses something (A19). */
export interface LogFields {
  readonly requestId?: string;
  readonly route?: string;
  readonly runId?: string;
  readonly migrationId?: string;
  /** The name of a metric. */
  readonly metric?: string;
  /** The kind of an error, e.g. `TypeError` or a database's SQLSTATE; its message may hold what a customer typed. */
  readonly errorName?: string;
  readonly errorCode?: string;
  /** Places in the program, without messages or values. */
  readonly stack?: string;
  readonly url?: string;
  /** A code of a closed list, such as why events are not taken. */
  readonly reason?: string;
}

/** The server's log: one JSON line an entry. */
export interface ServerLog {
  readonly info: (event: string, fields?: LogFields) => void;
  readonly error: (event: string, fields?: LogFields) => void;
}

const allowed = ['requestId', 'route', 'runId', 'migrationId', 'metric', 'errorName', 'errorCode', 'stack', 'url', 'reason'] as const;

/** Writes to `destination`; stdout is never used, since the practice command speaks there. */
export function createServerLog(destination: DestinationStream): ServerLog {
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    info: (event, fields = {}) => logger.info(onlyAllowed(fields), event),
    error: (event, fields = {}) => logger.error(onlyAllowed(fields), event),
  };
}

function onlyAllowed(fields: LogFields): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of allowed) {
    const value = fields[name];
    if (typeof value === 'string') kept[name] = value;
  }
  return kept;
}

/** What may be told of an error: its kind, and where in the program, never its message. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const code: unknown = 'code' in error ? error.code : undefined;
  const places = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { errorName: error.name, ...(typeof code === 'string' ? { errorCode: code } : {}), stack: places.slice(0, 8).map((line) => line.trim()).join(' | ') };
}
