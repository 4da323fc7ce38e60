// The dialogs, as one chunk that is loaded on demand.

export { Menu } from './menu.tsx';
export { ShortcutHelp } from './shortcut-help.tsx';
