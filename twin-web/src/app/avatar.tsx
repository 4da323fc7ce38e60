// The picture of the twin: the configured image, initials, or a default drawing.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { config } from '../settings/config.ts';
import { useStore } from './hooks.ts';

export function Avatar(): JSX.Element {
  const { avatar, name } = useStore(config);
  const [broken, setBroken] = useState<string>();
  if (avatar !== undefined && broken !== avatar) {
    const src = new URL(avatar, `${location.origin}/`).pathname;
    return (
      <span class="avatar">
        <img src={src} alt="" width="96" height="96" onError={() => setBroken(avatar)} />
      </span>
    );
  }
  const initials = (name ?? '').split(/\s+/).map((part) => [...part][0] ?? '');
  if (name !== undefined)
    return (
      <span class="avatar" aria-hidden="true">
        {(initials[0]! + (initials.length > 1 ? initials.at(-1)! : '')).toUpperCase()}
      </span>
    );
  return (
    <span class="avatar">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="12" cy="16" r="10" />
        <circle cx="20" cy="16" r="10" />
      </svg>
    </span>
  );
}
