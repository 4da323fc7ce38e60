// Keyboard shortcuts of the whole page. They need a modifier key, so that dictated text does not trigger them.

import { stopAnswer } from '../chat/actions.ts';
import { conversation } from '../chat/conversation.ts';
import { isInProgress } from '../chat/message.ts';
import { isEmbedded } from '../settings/embedded.ts';
import { editing } from './editing.ts';

export interface Shortcuts {
  readonly menu: () => void;
  readonly help: () => void;
  readonly newChat: () => void;
}

/** Returns a function that removes the shortcuts. */
export function listenForShortcuts(shortcuts: Shortcuts): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const act = event.key === 'Escape' ? escape : findShortcut(event, shortcuts);
    if (!act || document.querySelector('dialog[open]') || event.isComposing) return;
    event.preventDefault();
    act();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

function findShortcut(event: KeyboardEvent, { menu, help, newChat }: Shortcuts): (() => void) | undefined {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return undefined;
  if (event.shiftKey)
    return event.code === 'KeyO' ? newChat : event.key === '/' || event.code === 'Slash' ? help : undefined;
  return event.key === 'k' ? menu : event.key === '/' ? help : undefined;
}

function escape(): void {
  const last = conversation.get().messages.at(-1);
  if (last && isInProgress(last)) stopAnswer();
  else if (editing.get()) editing.set(false);
  else if (isEmbedded) parent.postMessage('twin:close', '*');
}
