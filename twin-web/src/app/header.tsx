// Whose twin it is, that it is an AI, and the way to everything else.

import type { JSX } from 'preact';
import { fill } from '../words/words.ts';
import { Avatar } from './avatar.tsx';
import { IconButton } from './icon.tsx';
import { config, embedded } from './settings.ts';
import { useStore, useWords } from './use.ts';

interface HeaderProps {
  readonly heading: string;
  readonly showMenu: () => void;
  readonly startFresh: () => void;
}

export function Header({ heading, showMenu, startFresh }: HeaderProps): JSX.Element {
  const words = useWords();
  const { name } = useStore(config);
  const leave = (): void => parent.postMessage('twin:close', '*');
  return (
    <header class="top">
      <Avatar />
      <div class="who">
        <h1>
          <bdi>{heading}</bdi>
        </h1>
        {name !== undefined && (
          <p>
            <bdi>{fill(words.twin, name)}</bdi>
          </p>
        )}
      </div>
      <IconButton icon="add" label={words.newTalk} onClick={startFresh} />
      <IconButton icon="menu" label={words.menu} onClick={showMenu} />
      {embedded && <IconButton icon="close" label={words.close} onClick={leave} />}
    </header>
  );
}
