/**
 * Stands in for `electron` where its program is not to be had, so that the built main process runs in plain Node. What
 * it is told to do is told to the test over the process's channel, and the test plays Chromium and the person.
 * Types are compared with Electron's own.
 */
export { app } from './app.ts';
export { BrowserWindow } from './window.ts';
export { ipcMain, protocol, session } from './page.ts';
export { Menu, Notification, dialog, nativeTheme, powerMonitor, powerSaveBlocker, safeStorage, screen, shell, utilityProcess } from './native.ts';
