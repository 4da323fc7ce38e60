// What keys do wherever the focus is; all with a modifier, so that nothing happens to who types by voice.

import { busy, stop, talk } from '../chat/talk.ts';
import { editing } from './editing.ts';
import { embedded } from './settings.ts';

export interface Shortcuts {
  readonly menu: () => void;
  readonly help: () => void;
  readonly fresh: () => void;
}

/** Answers with how to stop listening. */
export function listen({ menu, help, fresh }: Shortcuts): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const act = event.key === 'Escape' ? escape : chord(event, { menu, help, fresh });
    if (!act || document.querySelector('dialog[open]') || event.isComposing) return;
    event.preventDefault();
    act();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

function chord(event: KeyboardEvent, { menu, help, fresh }: Shortcuts): (() => void) | undefined {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return undefined;
  if (event.shiftKey)
    return event.code === 'KeyO' ? fresh : event.key === '/' || event.code === 'Slash' ? help : undefined;
  return event.key === 'k' ? menu : event.key === '/' ? help : undefined;
}

function escape(): void {
  const last = talk.get().messages.at(-1);
  if (last && busy(last)) stop();
  else if (editing.get()) editing.set(false);
  else if (embedded) parent.postMessage('twin:close', '*');
}
