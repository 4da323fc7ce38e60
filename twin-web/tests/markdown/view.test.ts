// @vitest-environment happy-dom
// Answers in the document: whatever the pieces, the end is the same, and nothing unsafe gets in.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { view } from '../../src/markdown/view.ts';

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

function shown(texts: readonly string[]): string {
  const root = document.createElement('div');
  const seen = view(root, () => {});
  texts.forEach((text) => seen.update(text, true));
  seen.update(texts.at(-1) ?? '', false);
  return root.innerHTML;
}

test('a text that came in pieces looks like one that came whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...PARTS), { maxLength: 40 }),
      fc.integer({ min: 1, max: 7 }),
      (parts, step) => {
        const whole = parts.join('');
        const pieces: string[] = [];
        for (let end = step; end < whole.length + step; end += step) pieces.push(whole.slice(0, end));
        expect(shown(pieces)).toBe(shown([whole]));
      },
    ),
    { numRuns: 300 },
  );
});

test('what is finished is not touched again', () => {
  const root = document.createElement('div');
  const seen = view(root, () => {});
  seen.update('first\n\nsecond\n\n- th', true);
  const first = root.firstChild;
  seen.update('first\n\nsecond\n\n- third', true);
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
])('%s stays harmless', (source) => {
  const root = document.createElement('div');
  view(root, () => {}).update(source, false);
  expect(root.querySelector('[href], img, script, svg, [onerror], [onload], [style]')).toBeNull();
});

test('links open elsewhere and say nothing of us', () => {
  expect(shown(['[a](https://example.com "T") or tel: <tel:+123> or a@b.example'])).toBe(
    '<p><a href="https://example.com" rel="noopener nofollow" target="_blank" title="T">a</a> or tel: '
      + '<a href="tel:+123" rel="noopener nofollow" target="_blank">tel:+123</a> or '
      + '<a href="mailto:a@b.example" rel="noopener nofollow" target="_blank">a@b.example</a></p>',
  );
});

test('code blocks that are finished are told of', () => {
  const root = document.createElement('div');
  const told: string[] = [];
  const seen = view(root, (block) => told.push(block.textContent));
  seen.update('```js\nlet a', true);
  expect(told).toEqual([]);
  seen.update('```js\nlet a\n```\n\nafter\n', true);
  expect(told).toEqual(['let a\n']);
});

test('emphasis that is still open looks like emphasis while the text grows', () => {
  const root = document.createElement('div');
  const seen = view(root, () => {});
  seen.update('so **very', true);
  expect(root.innerHTML).toBe('<p>so <strong>very</strong></p>');
  seen.update('so **very', false);
  expect(root.innerHTML).toBe('<p>so **very</p>');
});
