import { systemCode } from './system-code.ts';

/** Whether a process of this number runs here, another user's included. */
export function isProcessAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (thrown) {
    return systemCode(thrown) === 'EPERM';
  }
}
