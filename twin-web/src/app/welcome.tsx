// The greeting and suggested questions of an empty conversation.

import type { JSX } from 'preact';
import { sendQuestion } from '../chat/actions.ts';
import { format } from '../locales/locale.ts';
import { config } from '../settings/config.ts';
import { Avatar } from './avatar.tsx';
import { restoreFocus } from './focus.ts';
import { useStore, useTexts } from './hooks.ts';

export function Welcome(): JSX.Element {
  const texts = useTexts();
  const { name, greeting, suggestions = [texts.suggest1, texts.suggest2, texts.suggest3] } = useStore(config);
  const ask = (question: string): void => {
    sendQuestion(question);
    restoreFocus();
  };
  return (
    <section class="welcome">
      <Avatar />
      <h2 dir="auto">{greeting ?? (name === undefined ? texts.greeting : format(texts.greetingOf, name))}</h2>
      <ul>
        {suggestions.map((question) => (
          <li key={question}>
            <button type="button" class="chip" dir="auto" onClick={() => ask(question)}>
              {question}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
