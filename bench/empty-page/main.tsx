import { createRoot } from 'react-dom/client';

/** The least that a page of React can show: what a window is measured against. */
const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<h1>Empty page</h1>);
