import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { connectHost } from './host.ts';

async function start(root: HTMLElement): Promise<void> {
  const host = await connectHost();
  createRoot(root).render(<App host={host} />);
}

const root = document.getElementById('root');
if (root !== null) void start(root);
