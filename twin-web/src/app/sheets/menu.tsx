// The conversations of this browser, and how the page looks and speaks.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { fresh, talk } from '../../chat/talk.ts';
import { chooseTheme, theme, THEMES } from '../../settings/theme.ts';
import { choose, chooseLanguage, LANGUAGES, spoken, type Language } from '../../words/words.ts';
import { keepFocus } from '../focus.ts';
import { Icon } from '../icon.tsx';
import { config } from '../settings.ts';
import { useStore } from '../use.ts';
import { useEveryWord } from '../every-word.ts';
import { Conversations } from './conversations.tsx';
import { Dialog } from './dialog.tsx';
import { save } from './export.ts';
import { Help } from './help.tsx';

export function Menu({ close }: { readonly close: () => void }): JSX.Element {
  const words = useEveryWord();
  const { messages } = useStore(talk);
  const { links = [], privacy } = useStore(config);
  const [help, setHelp] = useState(false);
  const leave = (): void => {
    close();
    keepFocus();
  };
  if (help) return <Help close={close} />;
  return (
    <Dialog title={words.menu} kind="side" close={close}>
      <button
        type="button"
        class="row strong"
        onClick={() => {
          fresh();
          leave();
        }}
      >
        <Icon name="add" />
        {words.newTalk}
      </button>
      <h3 id="conversations" tabIndex={-1}>
        {words.conversations}
      </h3>
      <Conversations leave={leave} />
      <h3>{words.theme}</h3>
      <Themes />
      <h3>
        <label for="language">{words.language}</label>
      </h3>
      <Languages />
      <button type="button" class="row" aria-disabled={messages.length === 0} onClick={() => save()}>
        <Icon name="save" />
        {words.exportMd}
      </button>
      <button type="button" class="row" onClick={() => setHelp(true)}>
        <Icon name="keys" />
        {words.shortcuts}
      </button>
      {links.length > 0 && (
        <ul class="links">
          {links.map(({ label, url }) => (
            <li key={url}>
              <a href={url} target="_blank" rel="noopener" dir="auto">
                {label}
              </a>
            </li>
          ))}
        </ul>
      )}
      <p class="aside">
        {words.isAi} {privacy}
      </p>
    </Dialog>
  );
}

function Themes(): JSX.Element {
  const words = useEveryWord();
  const [chosen, setChosen] = useState(theme());
  return (
    <div class="choice" role="radiogroup" aria-label={words.theme}>
      {THEMES.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name="theme"
            checked={one === chosen}
            onChange={() => {
              chooseTheme(one);
              setChosen(one);
            }}
          />
          <span>{words[one]}</span>
        </label>
      ))}
    </div>
  );
}

function Languages(): JSX.Element {
  const { language } = useStore(spoken);
  const { languages } = useStore(config);
  const offered = (Object.keys(LANGUAGES) as Language[]).filter((one) => choose([one], languages) === one);
  return (
    <select id="language" value={language} onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}>
      {offered.map((one) => (
        <option key={one} value={one} lang={one} selected={one === language}>
          {LANGUAGES[one]}
        </option>
      ))}
    </select>
  );
}
