// What a visitor asked.

import type { JSX } from 'preact';
import type { Message } from '../chat/message.ts';
import { beginEditing } from './editing.ts';
import { IconButton } from './icon.tsx';
import { Moment } from './moment.tsx';
import { useEveryWord } from './every-word.ts';

export function Question({ message, isLast }: { readonly message: Message; readonly isLast: boolean }): JSX.Element {
  const words = useEveryWord();
  return (
    <article class="message question" tabIndex={-1} aria-label={words.you}>
      <div class="bubble" dir="auto">
        {message.text}
      </div>
      <footer>
        <Moment at={message.at} />
        {isLast && <IconButton icon="edit" label={words.edit} onClick={beginEditing} />}
      </footer>
    </article>
  );
}
