// What the page says in English at the first view; the parts that come later bring their own.

import type { LaterWords } from './en-later.ts';

export const words = {
  twin: 'AI twin of {name}',
  isAi: 'I am an AI and can be wrong.',
  hello: 'Hello! I am an AI twin. Ask me anything.',
  helloOf: 'Hello! I am the AI twin of {name}. Ask me about work, projects or how to get in touch.',
  suggest1: 'What do you do?',
  suggest2: 'What are you working on at the moment?',
  suggest3: 'How can I get in touch?',
  message: 'Your message',
  placeholder: 'Ask something',
  send: 'Send',
  stop: 'Stop',
  again: 'Try again',
  editing: 'Editing your last question',
  cancel: 'Cancel',
  newTalk: 'New conversation',
  menu: 'Menu',
  close: 'Close',
  offline: 'You are offline. What you write stays here.',
  errLost: 'The connection was lost before the answer was complete.',
  noteFresh: 'The earlier conversation could not be continued, so this is a new one.',
  noteMemory: 'Earlier messages cannot be reached right now. You can go on all the same.',
  noteUndeleted: 'The conversation could not be deleted. Try again later.',
  dismiss: 'Dismiss',
};

export type FirstWords = { readonly [key in keyof typeof words]: string };
export type Words = FirstWords & { readonly later?: LaterWords };
