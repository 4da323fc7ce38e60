// Where visitors write.

import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { again, busy, lastQuestion, say, stop, talk } from '../chat/talk.ts';
import { recall, remember } from '../settings/storage.ts';
import { beginEditing, editing } from './editing.ts';
import { Icon } from './icon.tsx';
import { follow } from './scrolling.ts';
import { useStore, useWords } from './use.ts';

const LONGEST = 4_000;
const NEARLY = 3_500;

export function Composer(): JSX.Element {
  const words = useWords();
  const { messages } = useStore(talk);
  const isEditing = useStore(editing);
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(draft);
  const last = messages.at(-1);
  const working = last !== undefined && busy(last);
  const write = (next: string): void => {
    setText(next);
    remember('draft', next);
  };

  useLayoutEffect(() => grow(field.current!), [text]);
  useEditing(isEditing, field, write);

  const send = (): void => {
    const question = text.trim();
    if (question === '' || working) return;
    follow();
    if (isEditing) again(question);
    else say(question);
    editing.set(false);
    write('');
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'ArrowUp' && text === '' && !working) {
      event.preventDefault();
      beginEditing();
    }
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        working ? stop() : send();
      }}
    >
      {isEditing && (
        <p class="editing">
          {words.editing}{' '}
          <button type="button" class="link" onClick={() => editing.set(false)}>
            {words.cancel}
          </button>
        </p>
      )}
      <label class="hidden" for="message">
        {words.message}
      </label>
      <textarea
        id="message"
        ref={field}
        rows={1}
        dir={text === '' ? undefined : 'auto'}
        value={text}
        placeholder={words.placeholder}
        maxLength={LONGEST}
        autocomplete="off"
        enterkeyhint="send"
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {text.length > NEARLY && <span class="left">{LONGEST - text.length}</span>}
      <button
        type="submit"
        class="send"
        aria-label={working ? words.stop : words.send}
        title={working ? words.stop : words.send}
        aria-disabled={!working && text.trim() === ''}
      >
        <Icon name={working ? 'stop' : 'send'} />
      </button>
    </form>
  );
}

/** What was being written before comes back when the editing is over. */
function useEditing(
  isEditing: boolean,
  field: { readonly current: HTMLTextAreaElement | null },
  write: (text: string) => void,
): void {
  const was = useRef(isEditing);
  useLayoutEffect(() => {
    if (was.current === isEditing) return;
    was.current = isEditing;
    write(isEditing ? (lastQuestion()?.text ?? '') : '');
    field.current?.focus();
  }, [isEditing]);
}

function draft(): string {
  const kept = recall('draft');
  return typeof kept === 'string' ? kept.slice(0, LONGEST) : '';
}

function grow(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
