// @vitest-environment happy-dom
// Rendering Markdown to the document: the result does not depend on the chunks, and is always safe.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createView } from '../../src/markdown/view.ts';

const PARTS = [
  '# Head\n',
  'some *text*',
  ' **bold',
  '**',
  '\n',
  '\n\n',
  '- item\n',
  '  more\n',
  '1. one\n',
  '```js\n',
  'let a = 1;\n',
  '```\n',
  '> quote\n',
  '| a | b |\n',
  '|---|---|\n',
  '| 1 | 2 |\n',
  '[link](https://example.com)',
  '`code`',
  '<b>',
  '---\n',
  '~~gone~~',
  '    four\n',
  '\\*',
  '&amp;',
];

/** Renders a text that grows as given, and returns the resulting HTML. */
function render(texts: readonly string[]): string {
  const root = document.createElement('div');
  const view = createView(root, () => {});
  texts.forEach((text) => view.update(text, true));
  view.update(texts.at(-1) ?? '', false);
  return root.innerHTML;
}

test('a text that arrives in chunks is rendered like one that arrives at once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...PARTS), { maxLength: 40 }),
      fc.integer({ min: 1, max: 7 }),
      (parts, step) => {
        const text = parts.join('');
        const prefixes: string[] = [];
        for (let end = step; end < text.length + step; end += step) prefixes.push(text.slice(0, end));
        expect(render(prefixes)).toBe(render([text]));
      },
    ),
    { numRuns: 300 },
  );
});

test('complete blocks are not rendered again', () => {
  const root = document.createElement('div');
  const view = createView(root, () => {});
  view.update('first\n\nsecond\n\n- th', true);
  const first = root.firstChild;
  view.update('first\n\nsecond\n\n- third', true);
  expect(root.firstChild).toBe(first);
  expect(root.textContent).toBe('firstsecondthird');
});

test.each([
  '[a](javascript:alert(1))',
  '[a](JaVaScRiPt:alert(1))',
  '[a](<java\tscript:alert(1)>)',
  '[a](&#106;avascript:alert(1))',
  '[a](data:text/html,<script>alert(1)</script>)',
  '[a](vbscript:x)',
  '[a](//evil.example)',
  '[a](/api/chat)',
  '<javascript:alert(1)>',
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '![x](https:/evil.example/pixel.png)',
  '<svg/onload=alert(1)>',
  '```"><script>\nx\n```',
])('%s is rendered safely', (source) => {
  const root = document.createElement('div');
  createView(root, () => {}).update(source, false);
  expect(root.querySelector('[href], img, script, svg, [onerror], [onload], [style]')).toBeNull();
});

test('links open in a new tab, without access to the page', () => {
  expect(render(['[a](https://example.com "T") or tel: <tel:+123> or a@b.example'])).toBe(
    '<p><a href="https://example.com" rel="noopener nofollow" target="_blank" title="T">a</a> or tel: '
      + '<a href="tel:+123" rel="noopener nofollow" target="_blank">tel:+123</a> or '
      + '<a href="mailto:a@b.example" rel="noopener nofollow" target="_blank">a@b.example</a></p>',
  );
});

test('complete code blocks are decorated', () => {
  const root = document.createElement('div');
  const decorated: string[] = [];
  const view = createView(root, (block) => decorated.push(block.textContent));
  view.update('```js\nlet a', true);
  expect(decorated).toEqual([]);
  view.update('```js\nlet a\n```\n\nafter\n', true);
  expect(decorated).toEqual(['let a\n']);
});

test('open emphasis is rendered as emphasis while the text grows', () => {
  const root = document.createElement('div');
  const view = createView(root, () => {});
  view.update('so **very', true);
  expect(root.innerHTML).toBe('<p>so <strong>very</strong></p>');
  view.update('so **very', false);
  expect(root.innerHTML).toBe('<p>so **very</p>');
});
