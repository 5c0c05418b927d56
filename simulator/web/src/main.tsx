import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { start } from './live/follow.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/panes.css';
import './styles/conversation.css';
import './styles/dialogs.css';

start();
const root = document.querySelector('#root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
