import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { Note } from '../components/problem-notice.tsx';
import { Workspace } from '../components/layout.tsx';

interface FaultBoundaryProps {
  /** Another key is another screen: the fault of the one before is forgotten. */
  readonly children: ReactNode;
}

/** Keeps a fault of one screen from taking the window with it. Nothing at the server depends on the window. */
export class FaultBoundary extends Component<FaultBoundaryProps, { readonly hasFault: boolean }> {
  override state = { hasFault: false };

  static getDerivedStateFromError(): { readonly hasFault: boolean } {
    return { hasFault: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFault) return this.props.children;
    return (
      <Workspace>
        <Note tone="red" title="This screen met a fault of its own" action={<Button variant="default" onClick={() => this.setState({ hasFault: false })}>Show it again</Button>}>
          Nothing was sent because of it, and a run goes on at the server. If it comes back, reload the window.
        </Note>
      </Workspace>
    );
  }
}
