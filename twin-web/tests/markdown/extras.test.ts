// Extensions of CommonMark: tables, strikethrough, task lists, bare addresses.

import { expect, test } from 'vitest';
import { toHtml } from '../support/to-html.ts';

test('a table with alignments, escaped bars and a short row', () => {
  expect(toHtml('Before:\n| a | b |\n|:--|--:|\n| `x\\|y` | **2** |\n| only |\n\nafter')).toBe(
    '<p>Before:</p>\n<table>\n<thead>\n<tr>\n<th align="left">a</th>\n<th align="right">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n'
      + '<td align="left"><code>x|y</code></td>\n<td align="right"><strong>2</strong></td>\n</tr>\n<tr>\n<td align="left">only</td>\n'
      + '<td align="right"></td>\n</tr>\n</tbody>\n</table>\n<p>after</p>\n',
  );
});

test.each([
  ['a | b\n--- | ---\n', '<table>'],
  ['| a |\n| - |', '<th>a</th>'],
  ['| a | b |\n|---|\n', '<p>| a | b |'],
  ['text\n---', '<h2>text</h2>'],
])('%j', (source, wanted) => {
  expect(toHtml(source)).toContain(wanted);
});

test.each([
  ['~~gone~~ ~one~', '<p><del>gone</del> <del>one</del></p>\n'],
  ['~~a~', '<p>~~a~</p>\n'],
  [
    '- [x] done\n- [ ] not',
    '<ul>\n<li><input type="checkbox" disabled="" checked="" /> done</li>\n<li><input type="checkbox" disabled="" /> not</li>\n</ul>\n',
  ],
  ['see www.example.com.', '<p>see <a href="https://www.example.com">www.example.com</a>.</p>\n'],
  ['(https://example.com/a_(b))', '<p>(<a href="https://example.com/a_(b)">https://example.com/a_(b)</a>)</p>\n'],
  ['*https://example.com*', '<p><em><a href="https://example.com">https://example.com</a></em></p>\n'],
  [
    'write to ada.l@example.com, please',
    '<p>write to <a href="mailto:ada.l@example.com">ada.l@example.com</a>, please</p>\n',
  ],
  ['[https://a.example](https://b.example)', '<p><a href="https://b.example">https://a.example</a></p>\n'],
  ['`https://a.example`', '<p><code>https://a.example</code></p>\n'],
  ['xhttps://a.example', '<p>xhttps://a.example</p>\n'],
])('%j', (source, wanted) => {
  expect(toHtml(source)).toBe(wanted);
});
