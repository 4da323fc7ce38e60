// The versions of a turn: those that the visitor replaced since the page was loaded, and the one that the twin remembers.

import type { JSX } from 'preact';
import { useAllTexts } from './all-texts.ts';
import { DEFERRED_ICONS } from './deferred-icons.ts';
import { IconButton } from './icon.tsx';

export interface VersionsProps {
  readonly count: number;
  /** The version that is shown, from 0. The last one is current. */
  readonly version: number;
  readonly select: (version: number) => void;
}

export function Versions({ count, version, select }: VersionsProps): JSX.Element {
  const texts = useAllTexts();
  return (
    <span class="versions">
      <IconButton
        icon={DEFERRED_ICONS.previous}
        label={texts.earlierVersion}
        onClick={() => select(Math.max(0, version - 1))}
      />
      <span role="status">
        {version + 1}/{count}
      </span>
      <IconButton
        icon={DEFERRED_ICONS.next}
        label={texts.laterVersion}
        onClick={() => select(Math.min(count - 1, version + 1))}
      />
    </span>
  );
}
