import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import { CommandProblem } from './layout.tsx';

interface ConfirmProps {
  readonly opened: boolean;
  readonly title: string;
  readonly confirmLabel: string;
  readonly danger?: boolean;
  readonly busy?: boolean;
  /** Text that has to be typed first, exactly. */
  readonly typed?: { readonly label: string; readonly text: string | undefined };
  readonly problem?: OperatorProblem | undefined;
  readonly children: ReactNode;
  onConfirm(typed: string): void;
  onClose(): void;
}

/** Asks before something is done, in words that say what and to how many. */
export function Confirm({ opened, title, confirmLabel, danger = false, busy = false, typed, problem, children, onConfirm, onClose }: ConfirmProps) {
  const [text, setText] = useState('');
  const isTyped = typed === undefined || (typed.text === undefined ? text.trim() !== '' : text === typed.text);
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered size="md" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack gap="sm">
        <div>{children}</div>
        {typed !== undefined && <TextInput label={typed.label} value={text} onChange={(event) => setText(event.currentTarget.value)} autoComplete="off" spellCheck={false} />}
        <CommandProblem problem={problem} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button {...(danger ? { color: 'red.8' } : {})} loading={busy} disabled={!isTyped} onClick={() => onConfirm(text)} data-autofocus={typed === undefined ? true : undefined}>{confirmLabel}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
