import { useState, type DragEvent, type ReactNode } from 'react';
import styles from './drop-area.module.css';

interface DropAreaProps {
  readonly label: string;
  readonly disabled: boolean;
  readonly children: ReactNode;
  /** Called in the event itself: what was dropped is gone right after it. */
  onDrop(transfer: DataTransfer): void;
}

/** Takes files or folders that are dropped on it, whole, as the host hands them over. What it holds offers the same by keyboard. */
export function DropArea({ label, disabled, children, onDrop }: DropAreaProps) {
  const [isOver, setOver] = useState(false);
  const hold = (event: DragEvent): void => {
    // Without this the browser would leave the window for the file.
    event.preventDefault();
    event.dataTransfer.dropEffect = disabled ? 'none' : 'copy';
    setOver(!disabled);
  };
  return (
    <div
      className={`${styles.area} ${isOver ? styles.over : ''}`}
      role="region"
      aria-label={label}
      onDragEnter={hold}
      onDragOver={hold}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (!disabled) onDrop(event.dataTransfer);
      }}
    >
      {children}
    </div>
  );
}
