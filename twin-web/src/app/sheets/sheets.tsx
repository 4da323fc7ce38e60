// What opens over the page; a part of its own, fetched when it is wanted.

export { Help } from './help.tsx';
export { Menu } from './menu.tsx';
