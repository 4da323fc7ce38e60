// The menu: conversations, theme, language, export, keyboard shortcuts and links.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { startConversation } from '../../chat/actions.ts';
import { conversation } from '../../chat/conversation.ts';
import { chooseLanguage, LANGUAGES, locale, pickLanguage, type Language } from '../../locales/locale.ts';
import { config } from '../../settings/config.ts';
import { chooseTheme, currentTheme, THEMES } from '../../settings/theme.ts';
import { useAllTexts } from '../all-texts.ts';
import { DEFERRED_ICONS } from '../deferred-icons.ts';
import { restoreFocus } from '../focus.ts';
import { useStore } from '../hooks.ts';
import { Icon, ICONS } from '../icon.tsx';
import { ConversationList } from './conversation-list.tsx';
import { Dialog } from './dialog.tsx';
import { exportConversation } from './export.ts';
import { ShortcutHelp } from './shortcut-help.tsx';

export function Menu({ close }: { readonly close: () => void }): JSX.Element {
  const texts = useAllTexts();
  const { messages } = useStore(conversation);
  const { links = [], privacy } = useStore(config);
  const [showsHelp, setShowsHelp] = useState(false);
  const closeMenu = (): void => {
    close();
    restoreFocus();
  };
  if (showsHelp) return <ShortcutHelp close={close} />;
  return (
    <Dialog title={texts.menu} kind="side" close={close}>
      <button
        type="button"
        class="row outlined"
        onClick={() => {
          startConversation();
          closeMenu();
        }}
      >
        <Icon path={ICONS.add} />
        {texts.newChat}
      </button>
      <h3 id="conversations" tabIndex={-1}>
        {texts.conversations}
      </h3>
      <ConversationList closeMenu={closeMenu} />
      <h3>{texts.theme}</h3>
      <ThemeChoice />
      <h3>
        <label for="language">{texts.language}</label>
      </h3>
      <LanguageChoice />
      <button type="button" class="row" aria-disabled={messages.length === 0} onClick={() => exportConversation()}>
        <Icon path={DEFERRED_ICONS.save} />
        {texts.exportMarkdown}
      </button>
      <button type="button" class="row" onClick={() => setShowsHelp(true)}>
        <Icon path={DEFERRED_ICONS.keyboard} />
        {texts.shortcuts}
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
        {texts.disclaimer} {privacy}
      </p>
    </Dialog>
  );
}

function ThemeChoice(): JSX.Element {
  const texts = useAllTexts();
  const [chosen, setChosen] = useState(currentTheme());
  return (
    <div class="choice" role="radiogroup" aria-label={texts.theme}>
      {THEMES.map((theme) => (
        <label key={theme}>
          <input
            type="radio"
            name="theme"
            checked={theme === chosen}
            onChange={() => {
              chooseTheme(theme);
              setChosen(theme);
            }}
          />
          <span>{texts[theme]}</span>
        </label>
      ))}
    </div>
  );
}

function LanguageChoice(): JSX.Element {
  const { language } = useStore(locale);
  const { languages } = useStore(config);
  const offered = (Object.keys(LANGUAGES) as Language[]).filter((tag) => pickLanguage([tag], languages) === tag);
  return (
    <select id="language" value={language} onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}>
      {offered.map((tag) => (
        <option key={tag} value={tag} lang={tag} selected={tag === language}>
          {LANGUAGES[tag]}
        </option>
      ))}
    </select>
  );
}
