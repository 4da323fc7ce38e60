// The header: name of the twin, and buttons for a new conversation and the menu.

import type { JSX } from 'preact';
import { format } from '../locales/locale.ts';
import { config } from '../settings/config.ts';
import { isEmbedded } from '../settings/embedded.ts';
import { Avatar } from './avatar.tsx';
import { useStore, useTexts } from './hooks.ts';
import { IconButton, ICONS } from './icon.tsx';

interface HeaderProps {
  readonly heading: string;
  readonly showMenu: () => void;
  readonly startChat: () => void;
}

export function Header({ heading, showMenu, startChat }: HeaderProps): JSX.Element {
  const texts = useTexts();
  const { name } = useStore(config);
  const closeFrame = (): void => parent.postMessage('twin:close', '*');
  return (
    <header class="top">
      <Avatar />
      <div class="identity">
        <h1>
          <bdi>{heading}</bdi>
        </h1>
        {name !== undefined && (
          <p>
            <bdi>{format(texts.subtitle, name)}</bdi>
          </p>
        )}
      </div>
      <IconButton icon={ICONS.add} label={texts.newChat} onClick={startChat} />
      <IconButton icon={ICONS.menu} label={texts.menu} onClick={showMenu} />
      {isEmbedded && <IconButton icon={ICONS.close} label={texts.close} onClick={closeFrame} />}
    </header>
  );
}
