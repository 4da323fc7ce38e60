// Before anything was said: a greeting, and questions to begin with.

import type { JSX } from 'preact';
import { say } from '../chat/talk.ts';
import { fill } from '../words/words.ts';
import { Avatar } from './avatar.tsx';
import { keepFocus } from './focus.ts';
import { config } from './settings.ts';
import { useStore, useWords } from './use.ts';

export function Welcome(): JSX.Element {
  const words = useWords();
  const { name, greeting, suggestions = [words.suggest1, words.suggest2, words.suggest3] } = useStore(config);
  const ask = (question: string): void => {
    say(question);
    keepFocus();
  };
  return (
    <section class="welcome">
      <Avatar />
      <h2 dir="auto">{greeting ?? (name === undefined ? words.hello : fill(words.helloOf, name))}</h2>
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
