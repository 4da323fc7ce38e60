// The messages of the conversation, oldest first.

import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { conversation } from '../chat/conversation.ts';
import { isInProgress, type Message } from '../chat/message.ts';
import { useAllTexts } from './all-texts.ts';
import { Announcer } from './announcer.tsx';
import { Answer } from './answer.tsx';
import { DEFERRED_ICONS } from './deferred-icons.ts';
import { restoreFocus } from './focus.ts';
import { useStore } from './hooks.ts';
import { IconButton } from './icon.tsx';
import { Question } from './question.tsx';
import { followConversation, isEndVisible, scrollToEnd, showQuestion, stopFollowing } from './scrolling.ts';
import type { VersionsProps } from './versions.tsx';
import { Dots } from './waiting.tsx';

/** The number of messages in the document at first, and that each press of the button adds. */
const PAGE_SIZE = 60;

export function Transcript(): JSX.Element {
  const texts = useAllTexts();
  const { messages, loading } = useStore(conversation);
  const [count, setCount] = useState(PAGE_SIZE);
  /** The earlier versions that are shown in place of turns, by the key of the turn's answer. */
  const [versions, setVersions] = useState<Readonly<Record<number, number>>>({});
  const scroller = useRef<HTMLDivElement>(null);
  const log = useRef<HTMLDivElement>(null);
  const isEndShown = useStore(isEndVisible);
  const showEarlier = (): void => {
    stopFollowing();
    setCount(count + PAGE_SIZE);
    // The button has moved or is gone, so focus the first message that it has added.
    requestAnimationFrame(() => log.current?.querySelector<HTMLElement>('.message')?.focus());
  };
  const jumpToLatest = (): void => {
    scrollToEnd();
    restoreFocus();
  };
  const setVersion = (key: number, version: number): void => setVersions({ ...versions, [key]: version });
  const visible = messages.slice(-count);
  const last = messages.at(-1);
  const lastSummarized = messages.findLast(({ role, summarized }) => role === 'assistant' && summarized);
  const isBusy = last !== undefined && isInProgress(last);
  const asked = isBusy ? messages.at(-2)?.key : undefined;
  useLayoutEffect(() => followConversation(scroller.current!, log.current!), []);
  useLayoutEffect(() => {
    const question = log.current!.querySelector<HTMLElement>('.question:nth-last-child(2)');
    if (asked !== undefined && question) showQuestion(question);
  }, [asked]);
  return (
    <>
      <div
        class="scroller"
        ref={scroller}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={texts.conversation}
        aria-busy={loading || isBusy}
      >
        <div class="log" ref={log}>
          <h2 class="sr-only">{texts.conversation}</h2>
          {messages.length > count && (
            <button type="button" class="chip earlier" onClick={showEarlier}>
              {texts.earlier}
            </button>
          )}
          {loading && (
            <p class="loading">
              <Dots />
            </p>
          )}
          {visible.map((message, at) => {
            const answer = message.role === 'user' ? visible[at + 1] : message;
            const version = answer && versions[answer.key];
            const earlier = version === undefined ? undefined : answer?.earlier?.[version];
            return message.role === 'user' ? (
              <Question
                key={message.key}
                message={earlier?.question ?? message}
                isLast={!earlier && at >= visible.length - 2}
              />
            ) : (
              <Answer
                key={message.key}
                message={earlier?.answer ?? message}
                isLast={!earlier && message === last}
                isLastSummarized={message === lastSummarized}
                versions={message.earlier?.length ? versionsOf(message, version, setVersion) : undefined}
              />
            );
          })}
        </div>
      </div>
      <Announcer />
      <div class="jump">
        {!isEndShown && <IconButton icon={DEFERRED_ICONS.down} label={texts.jumpToLatest} onClick={jumpToLatest} />}
      </div>
    </>
  );
}

function versionsOf(
  { key, earlier }: Message,
  version: number | undefined,
  select: (key: number, version: number) => void,
): VersionsProps {
  const count = earlier!.length + 1;
  return { count, version: version ?? count - 1, select: (next) => select(key, next) };
}
