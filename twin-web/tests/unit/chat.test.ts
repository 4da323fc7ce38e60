// @vitest-environment happy-dom
// What this browser remembers of conversations, and how they are saved.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toMarkdown } from '../../src/app/sheets/export.ts';
import { drop, entries, entryOf, newId, note, readEntries } from '../../src/chat/list.ts';
import { message, visible } from '../../src/chat/message.ts';
import { recall } from '../../src/settings/storage.ts';

test('entries are kept, newest first, not more than fifty', () => {
  for (let at = 0; at < 60; at += 1) note(`id-${at}`, { title: `Title ${at}`, at });
  expect(entries.get().length).toBe(50);
  expect(entries.get()[0]?.id).toBe('id-59');
  note('id-30', { at: 100 });
  expect(entries.get()[0]).toEqual({ id: 'id-30', title: 'Title 30', at: 100 });
  drop('id-30');
  expect(entryOf('id-30')).toBeUndefined();
  expect(readEntries(recall('conversations'))).toEqual(entries.get());
});

test('nonsense is no entry', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(readEntries(json)).toEqual([]);
    }),
  );
  expect(
    readEntries([
      { id: '../x', title: '', at: 1 },
      { id: 'a', title: '', at: 1, hidden: [1] },
      { id: 'b', title: '', at: 1, hidden: ['x'] },
    ]),
  ).toHaveLength(1);
});

test('ids are such as the twin takes', () => {
  expect(newId()).toMatch(/^[\da-f]{32}$/);
  expect(newId()).not.toBe(newId());
});

test('turns that were replaced are not shown', () => {
  const said = [
    { role: 'user', text: 'a', at: '1' },
    { role: 'assistant', text: 'A', at: '2' },
    { role: 'user', text: 'b', at: '3' },
    { role: 'assistant', text: 'B', at: '4' },
    { role: 'user', text: 'c', at: undefined },
    { role: 'assistant', text: 'C', at: undefined },
  ] as const;
  expect(visible(said, ['2']).map(({ text }) => text)).toEqual(['b', 'B', 'c', 'C']);
  expect(visible(said).map(({ text }) => text)).toEqual(['a', 'A', 'b', 'B', 'c', 'C']);
});

test('a conversation as Markdown', () => {
  const messages = [
    message('user', 'Two\nlines', 'done', '2026-03-04T05:06:07Z'),
    message('assistant', '# Answer', 'done', ''),
    message('assistant', '', 'failed'),
  ];
  expect(toMarkdown(messages, 'Ask Mira', 'Mira', 'You')).toBe(
    '# Ask Mira\n\n**You** (2026-03-04 05:06)\n\n> Two\n> lines\n\n**Mira**\n\n# Answer\n',
  );
});
