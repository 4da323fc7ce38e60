// What the owner set, for every part of the page that shows some of it.

import { store } from '../chat/store.ts';
import type { Config } from '../settings/config.ts';

export const config = store<Config>({});

/** Inside somebody's own page, in the frame that `embed.js` makes. */
export const embedded = location.hash.startsWith('#embed');
