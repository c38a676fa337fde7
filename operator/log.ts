/**
 * Where the operator says what went on inside. Fields are an allow-list by type: no text of a person, a body or a
 * token can be put in, since there is no field for one (A19).
 */
export interface OperatorLog {
  write(event: LogEvent): void;
}

export interface LogEvent {
  readonly level: 'info' | 'warning' | 'error';
  /** What happened, a fixed word of ours such as `journal_latched`. */
  readonly event: string;
  /** Name of a procedure or of an admin call. */
  readonly call?: string;
  /** Class of a fault, such as `TypeError`; its message is left out, for it may hold data. */
  readonly fault?: string;
  readonly code?: string;
  readonly requestId?: string;
  readonly durationMs?: number;
  readonly count?: number;
}

/** A log that keeps nothing, for tests and for commands that print their own errors. */
export const silentLog: OperatorLog = { write: () => undefined };

/** The class of a thrown value, and the place in our code where it came from when that is plain; never its message. */
export function faultName(thrown: unknown): string {
  return thrown instanceof Error ? thrown.constructor.name : typeof thrown;
}
