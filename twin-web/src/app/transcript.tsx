// What was said, the newest at the end.

import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { busy, talk } from '../chat/talk.ts';
import { Announcer } from './announcer.tsx';
import { IconButton } from './icon.tsx';
import { Answer } from './answer.tsx';
import { keepFocus } from './focus.ts';
import { Question } from './question.tsx';
import { atEnd, follow, keepAtEnd } from './scrolling.ts';
import { useEveryWord } from './every-word.ts';
import { useStore } from './use.ts';
import { Dots } from './waiting.tsx';

/** So many messages are in the document; older ones come when they are asked for. */
const SHOWN = 60;

export function Transcript(): JSX.Element {
  const words = useEveryWord();
  const { messages, loading } = useStore(talk);
  const [shown, setShown] = useState(SHOWN);
  const scroller = useRef<HTMLDivElement>(null);
  const log = useRef<HTMLDivElement>(null);
  const following = useStore(atEnd);
  useLayoutEffect(() => keepAtEnd(scroller.current!, log.current!), []);
  const more = (): void => {
    atEnd.set(false);
    setShown(shown + SHOWN);
    // The button is gone or somewhere else now; the focus goes to what it has shown.
    requestAnimationFrame(() => log.current?.querySelector<HTMLElement>('.message')?.focus());
  };
  const jump = (): void => {
    follow();
    keepFocus();
  };
  const visible = messages.slice(-shown);
  const last = messages.at(-1);
  const working = last !== undefined && busy(last);
  return (
    <>
      <div
        class="scroller"
        ref={scroller}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={words.conversation}
        aria-busy={loading || working}
      >
        <div class="log" ref={log}>
          <h2 class="hidden">{words.conversation}</h2>
          {messages.length > shown && (
            <button type="button" class="chip more" onClick={more}>
              {words.earlier}
            </button>
          )}
          {loading && (
            <p class="loading">
              <Dots />
            </p>
          )}
          {visible.map((message, at) =>
            message.role === 'user' ? (
              <Question key={message.key} message={message} isLast={at >= visible.length - 2} />
            ) : (
              <Answer key={message.key} message={message} isLast={message === last} />
            ),
          )}
        </div>
      </div>
      <Announcer />
      <div class="jump">{!following && <IconButton icon="down" label={words.latest} onClick={jump} />}</div>
    </>
  );
}
