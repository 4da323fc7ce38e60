// @vitest-environment happy-dom
// The list of conversations, replaced answers, and the Markdown export.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toMarkdown } from '../../src/app/dialogs/export.ts';
import { loadValue } from '../../src/base/storage.ts';
import {
  conversations,
  findEntry,
  newId,
  parseEntries,
  removeEntry,
  updateEntry,
} from '../../src/chat/conversation-list.ts';
import { createMessage } from '../../src/chat/message.ts';
import { visibleMessages } from '../../src/chat/stored-conversation.ts';

test('the list keeps the fifty newest conversations, newest first', () => {
  for (let at = 0; at < 60; at += 1) updateEntry(`id-${at}`, { title: `Title ${at}`, at });
  expect(conversations.get().length).toBe(50);
  expect(conversations.get()[0]?.id).toBe('id-59');
  updateEntry('id-30', { at: 100 });
  expect(conversations.get()[0]).toEqual({ id: 'id-30', title: 'Title 30', at: 100 });
  removeEntry('id-30');
  expect(findEntry('id-30')).toBeUndefined();
  expect(parseEntries(loadValue('conversations'))).toEqual(conversations.get());
});

test('invalid entries are ignored', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(parseEntries(json)).toEqual([]);
    }),
  );
  expect(
    parseEntries([
      { id: '../x', title: '', at: 1 },
      { id: 'a', title: '', at: 1, hidden: [1] },
      { id: 'b', title: '', at: 1, hidden: ['x'] },
    ]),
  ).toHaveLength(1);
});

test('conversation IDs are valid session IDs and unique', () => {
  expect(newId()).toMatch(/^[\da-f]{32}$/);
  expect(newId()).not.toBe(newId());
});

test('answers that an earlier version hid stay hidden, except the last one', () => {
  const stored = [
    { role: 'user', text: 'a', at: '1' },
    { role: 'assistant', text: 'A', at: '2' },
    { role: 'user', text: 'b', at: '3' },
    { role: 'assistant', text: 'B', at: '4' },
    { role: 'user', text: 'c', at: undefined },
    { role: 'assistant', text: 'C', at: undefined },
  ] as const;
  expect(visibleMessages(stored, ['2']).map(({ text }) => text)).toEqual(['b', 'B', 'c', 'C']);
  expect(visibleMessages(stored.slice(0, 4), ['2', '4']).map(({ text }) => text)).toEqual(['b', 'B']);
  expect(visibleMessages(stored).map(({ text }) => text)).toEqual(['a', 'A', 'b', 'B', 'c', 'C']);
});

test('a conversation is exported as Markdown', () => {
  const messages = [
    createMessage('user', 'Two\nlines', 'done', '2026-03-04T05:06:07Z'),
    createMessage('assistant', '# Answer', 'done', ''),
    createMessage('assistant', '', 'failed'),
  ];
  expect(toMarkdown(messages, 'Ask Mira', 'Mira', 'You')).toBe(
    '# Ask Mira\n\n**You** (2026-03-04 05:06)\n\n> Two\n> lines\n\n**Mira**\n\n# Answer\n',
  );
});
