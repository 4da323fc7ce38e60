// A question of the visitor.

import type { JSX } from 'preact';
import type { Message } from '../chat/message.ts';
import { useAllTexts } from './all-texts.ts';
import { DEFERRED_ICONS } from './deferred-icons.ts';
import { startEditing } from './editing.ts';
import { IconButton } from './icon.tsx';
import { Timestamp } from './timestamp.tsx';

export function Question({ message, isLast }: { readonly message: Message; readonly isLast: boolean }): JSX.Element {
  const texts = useAllTexts();
  return (
    <article class="message question" tabIndex={-1} aria-label={texts.you}>
      <div class="bubble" dir="auto">
        {message.text}
      </div>
      <footer>
        <Timestamp at={message.at} />
        {isLast && <IconButton icon={DEFERRED_ICONS.edit} label={texts.edit} onClick={startEditing} />}
      </footer>
    </article>
  );
}
