/** Classes of SQLSTATE that speak of the moment and not of what was asked: connection, rollback, resources, locks, shutdown. */
const PASSING = /^(?:08|40|53|55|57)/;
/** A statement that ran into its time limit would do so again: after some attempts the run must end and say so. */
const STATEMENT_TIMED_OUT = '57014';
/** A lock that was held for as long as the connection waits for one (`lock_timeout`). */
const LOCK_NOT_AVAILABLE = '55P03';
const LOST_CONNECTION = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

/** Whether a statement was ended because it took longer than it may. */
export function isOutOfTime(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === STATEMENT_TIMED_OUT;
}

/** Whether a statement was ended because somebody else held what it needs. */
export function isHeldByAnother(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === LOCK_NOT_AVAILABLE;
}

/** Whether the same work may well succeed later, so that nothing should be given up because of it. */
export function isPassing(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && typeof error.code === 'string') return (!isOutOfTime(error) && PASSING.test(error.code)) || LOST_CONNECTION.has(error.code);
  return error instanceof Error && /connection terminated|timeout exceeded when trying to connect/i.test(error.message);
}
