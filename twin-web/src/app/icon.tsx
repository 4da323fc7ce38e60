// The icons, as one path each.

import type { JSX } from 'preact';

const PATHS = {
  send: 'M12 19V5m-6 6 6-6 6 6',
  stop: 'M7 7h10v10H7z',
  copy: 'M9 9h10v10H9zM5 15V5h10',
  done: 'm5 13 4 4L19 7',
  again: 'M19 12a7 7 0 1 1-2-5l2 2m0-5v5h-5',
  edit: 'm5 19 1-4L16 5l3 3L9 18z',
  add: 'M12 5v14M5 12h14',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'm6 6 12 12M18 6 6 18',
  remove: 'M5 7h14m-9 0V4h4v3m-7 0 1 13h8l1-13',
  down: 'M12 5v14m-6-6 6 6 6-6',
  save: 'M12 4v11m-5-5 5 5 5-5M5 20h14',
  keys: 'M3 7h18v10H3zm4 3.500h.01M12 10.500h.01M17 10.500h.01M8 14h8',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export interface ButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
  readonly class?: string;
}

/** A button that is only an icon to the eye. */
export function IconButton({ icon, label, onClick, class: kind = '' }: ButtonProps): JSX.Element {
  return (
    <button type="button" class={`icon-button ${kind}`} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
