// The message field and its button.

import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { loadValue, saveValue } from '../base/storage.ts';
import { retryQuestion, sendQuestion, stopAnswer } from '../chat/actions.ts';
import { conversation, lastQuestion, withdrawnText } from '../chat/conversation.ts';
import { isInProgress } from '../chat/message.ts';
import { editing, startEditing } from './editing.ts';
import { useStore, useTexts } from './hooks.ts';
import { Icon, ICONS } from './icon.tsx';

/** The longest message that the API accepts, in characters. */
const MAX_LENGTH = 4_000;
/** From this length on, the number of remaining characters is shown. */
const COUNTER_LENGTH = 3_500;

export function Composer(): JSX.Element {
  const texts = useTexts();
  const { messages } = useStore(conversation);
  const isEditing = useStore(editing);
  const withdrawn = useStore(withdrawnText);
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(savedDraft);
  const last = messages.at(-1);
  const isBusy = last !== undefined && isInProgress(last);
  const setDraft = (draft: string): void => {
    setText(draft);
    saveValue('draft', draft);
  };

  useLayoutEffect(() => fitHeight(field.current!), [text]);
  useEditing(isEditing, field, setDraft);
  useLayoutEffect(() => {
    if (withdrawn === '') return;
    setDraft([withdrawn, text].filter(Boolean).join('\n'));
    withdrawnText.set('');
  }, [withdrawn]);

  const send = (): void => {
    const question = text.trim();
    if (question === '' || isBusy) return;
    if (isEditing) retryQuestion(question);
    else sendQuestion(question);
    editing.set(false);
    setDraft('');
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter and arrow keys belong to the input method while it composes. Safari reports that only by the code 229.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'ArrowUp' && text === '' && !isBusy) {
      event.preventDefault();
      startEditing();
    }
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        isBusy ? stopAnswer() : send();
      }}
    >
      {isEditing && (
        <p class="editing">
          {texts.editing}{' '}
          <button type="button" class="link" onClick={() => editing.set(false)}>
            {texts.cancel}
          </button>
        </p>
      )}
      <label class="sr-only" for="message">
        {texts.message}
      </label>
      <textarea
        id="message"
        ref={field}
        rows={1}
        dir={text === '' ? undefined : 'auto'}
        value={text}
        placeholder={texts.placeholder}
        maxLength={MAX_LENGTH}
        autocomplete="off"
        enterkeyhint="send"
        onInput={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {text.length > COUNTER_LENGTH && <span class="counter">{MAX_LENGTH - text.length}</span>}
      <button
        type="submit"
        class="send"
        aria-label={isBusy ? texts.stop : texts.send}
        title={isBusy ? texts.stop : texts.send}
        aria-disabled={!isBusy && text.trim() === ''}
      >
        <Icon path={isBusy ? ICONS.stop : ICONS.send} />
      </button>
    </form>
  );
}

/** Puts the last question into the field when editing starts, and empties the field when editing ends. */
function useEditing(
  isEditing: boolean,
  field: { readonly current: HTMLTextAreaElement | null },
  setDraft: (text: string) => void,
): void {
  const wasEditing = useRef(isEditing);
  useLayoutEffect(() => {
    if (wasEditing.current === isEditing) return;
    wasEditing.current = isEditing;
    setDraft(isEditing ? (lastQuestion()?.text ?? '') : '');
    field.current?.focus();
  }, [isEditing]);
}

function savedDraft(): string {
  const draft = loadValue('draft');
  return typeof draft === 'string' ? draft.slice(0, MAX_LENGTH) : '';
}

function fitHeight(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
