// The visitor's choice of a dark or light theme.

import { loadValue, saveValue } from '../base/storage.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export function currentTheme(): Theme {
  const saved = loadValue('theme');
  return THEMES.find((theme) => theme === saved) ?? 'system';
}

/** Saves and applies a theme. `theme.js` applies the saved theme before the first paint. */
export function chooseTheme(theme: Theme): void {
  saveValue('theme', theme);
  document.documentElement.dataset['theme'] = theme;
}
