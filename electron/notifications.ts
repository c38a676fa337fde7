import type { Notification, NotificationConstructorOptions } from 'electron';

/** Shown ones are held until they are clicked or gone: one that nobody holds may be collected, and its click is lost. */
const shown = new Set<Notification>();

/** Shows a notification where the desktop has them. */
export function showNotification(kind: { new (options: NotificationConstructorOptions): Notification; isSupported(): boolean }, options: NotificationConstructorOptions, onClick: () => void): void {
  if (!kind.isSupported()) return;
  const notification = new kind(options);
  shown.add(notification);
  notification.on('click', () => {
    shown.delete(notification);
    onClick();
  });
  notification.on('close', () => shown.delete(notification));
  notification.show();
}
