// English texts of the first view. Texts that are needed later are in `en-deferred.ts`.

import type { DeferredTexts } from './en-deferred.ts';

export const texts = {
  subtitle: 'AI twin of {name}',
  disclaimer: 'I am an AI and can be wrong.',
  greeting: 'Hello! I am an AI twin. Ask me anything.',
  greetingOf: 'Hello! I am the AI twin of {name}. Ask me about work, projects or how to get in touch.',
  suggest1: 'What do you do?',
  suggest2: 'What are you working on at the moment?',
  suggest3: 'How can I get in touch?',
  message: 'Your message',
  placeholder: 'Ask something',
  send: 'Send',
  stop: 'Stop',
  retry: 'Try again',
  editing: 'Editing your last question',
  cancel: 'Cancel',
  newChat: 'New conversation',
  menu: 'Menu',
  close: 'Close',
  offline: 'You are offline. Your draft is kept.',
  errLost: 'The connection was lost before the answer was complete.',
  noticeReplaced: 'The earlier conversation could not be continued, so this is a new one.',
  noticeHistory: 'Earlier messages are not available right now. You can continue without them.',
  noticeNotDeleted: 'The conversation could not be deleted. Try again later.',
  dismiss: 'Dismiss',
};

export type FirstViewTexts = { readonly [key in keyof typeof texts]: string };
/** The texts of one language. English has no `deferred` texts here: they are loaded with the parts that show them. */
export type Texts = FirstViewTexts & { readonly deferred?: DeferredTexts };
