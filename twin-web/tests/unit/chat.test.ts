// @vitest-environment happy-dom
// The list of conversations, replaced answers, and the Markdown export.

import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { toMarkdown } from '../../src/app/dialogs/export.ts';
import { loadValue } from '../../src/base/storage.ts';
import {
  clearPending,
  conversations,
  findEntry,
  markSent,
  newId,
  parseEntries,
  removeEntry,
  updateEntry,
  type ConversationEntry,
} from '../../src/chat/conversation-list.ts';
import { createMessage } from '../../src/chat/message.ts';
import { MAX_ANSWER_TIME, visibleMessages } from '../../src/chat/stored-conversation.ts';

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

/** Changes the stored list as another tab does, before this tab receives its event. */
function changeInOtherTab(change: (list: readonly ConversationEntry[]) => readonly ConversationEntry[]): void {
  localStorage.setItem('twin:conversations', JSON.stringify(change(conversations.get())));
}

test('a conversation that another tab deletes or adds is not undone by this tab before it knows', () => {
  const change = [
    () => clearPending('deleted'),
    () => markSent('deleted'),
    () => updateEntry('kept', { title: 'Kept' }),
    () => removeEntry('other'),
    () => findEntry('kept'),
  ];
  for (const act of change) {
    for (const id of ['deleted', 'kept', 'other']) updateEntry(id, { title: id, at: Date.now(), pending: 'Why?' });
    changeInOtherTab((list) => [
      { id: 'added', title: 'added', at: Date.now() },
      ...list.filter(({ id }) => id !== 'deleted'),
    ]);
    act();
    expect(findEntry('deleted')).toBeUndefined();
    expect(findEntry('kept')).toBeDefined();
    expect(findEntry('added')).toBeDefined();
    expect(parseEntries(loadValue('conversations'))).toEqual(conversations.get());
    removeEntry('added');
  }
});

test('the list is kept in memory when the browser has no space for it', () => {
  updateEntry('old', { title: 'old', at: Date.now() });
  const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  updateEntry('new', { title: 'new', at: Date.now() });
  updateEntry('old', { title: 'changed' });
  expect([findEntry('new')?.title, findEntry('old')?.title]).toEqual(['new', 'changed']);
  full.mockRestore();
  updateEntry('old', { title: 'again' });
  expect(findEntry('new')?.title).toBe('new');
  expect(localStorage.getItem('twin:conversations')).toContain('again');
});

test('an answer is waited for as long as the slowest twin takes', async () => {
  const limits = await readFile('../contract/src/limits.rs', 'utf8');
  const minutes = /ANSWER_TIMEOUT: Duration = Duration::from_mins\((\d+)\)/.exec(limits)?.[1];
  expect(MAX_ANSWER_TIME).toBeGreaterThan(Number(minutes) * 60_000);
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
