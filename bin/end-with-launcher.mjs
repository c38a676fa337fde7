// Loaded before a program that bin/launch.cjs started: ends the process when the launcher is gone, even by `kill -9`,
// so that killing what one started never leaves a server behind. The pipe carries no data; only its end matters.
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

// Worker threads load this too, and two readers of one descriptor would starve each other.
if (isMainThread) {
  const launcher = new Socket({ fd: 3, readable: true, writable: false });
  launcher.on('error', () => undefined);
  launcher.on('close', () => process.kill(process.pid, 'SIGKILL'));
  launcher.resume();
  launcher.unref();
}
