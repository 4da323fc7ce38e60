// Dark or light: as the system has it, or as the visitor chose.

import { recall, remember } from './storage.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export function theme(): Theme {
  const chosen = recall('theme');
  return THEMES.find((known) => known === chosen) ?? 'system';
}

/** `theme.js` does the same before the first paint. */
export function chooseTheme(chosen: Theme): void {
  remember('theme', chosen);
  document.documentElement.dataset['theme'] = chosen;
}
