// Parsing `config.json`: invalid values are ignored.

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { fetchConfig, parseConfig } from '../../src/settings/config.ts';

test('all valid settings are kept', () => {
  const config = {
    name: 'Mira',
    title: 'Ask Mira',
    greeting: 'Hello',
    suggestions: ['a?', 'b?'],
    avatar: 'avatar.png',
    accent: '#36c',
    languages: ['en', 'pt-BR'],
    links: [
      { label: 'Site', url: 'https://example.com' },
      { label: 'Mail', url: 'mailto:a@b.example' },
    ],
    privacy: 'Kept.',
  };
  expect(parseConfig(config)).toEqual(config);
});

test.each([
  ['name', 'x'.repeat(200), `${'x'.repeat(79)}…`],
  ['name', ' a\n\u202eb\u0000 ', 'a b'],
  ['name', '', undefined],
  ['name', 5, undefined],
  ['suggestions', ['a', 5, '', 'b', 'c', 'd', 'e', 'f', 'g'], ['a', 'b', 'c', 'd', 'e', 'f']],
  ['suggestions', 'a', undefined],
  ['suggestions', [], undefined],
  ['avatar', '/me.png', '/me.png'],
  ['avatar', '//evil.example/x.png', undefined],
  ['avatar', 'https://evil.example/x.png', undefined],
  ['avatar', '\\\\evil.example\\x.png', undefined],
  ['avatar', 'javascript:alert(1)', undefined],
  ['avatar', 'data:image/svg+xml,x', undefined],
  ['accent', '#12345', undefined],
  ['accent', 'red', undefined],
  ['accent', '#fff;}', undefined],
  ['languages', ['de', '../x', 7], ['de']],
  [
    'links',
    [{ label: 'x', url: 'javascript:alert(1)' }, { label: 'x', url: 'https://a b' }, { url: 'https://a' }, null],
    undefined,
  ],
  ['links', [{ label: 'x', url: 'HTTPS://a.example' }], [{ label: 'x', url: 'HTTPS://a.example' }]],
])('%s: %j', (key, value, expected) => {
  expect(parseConfig({ [key]: value })).toEqual(expected === undefined ? {} : { [key]: expected });
});

test.each([
  [200, '{"name": "Mira"}', { name: 'Mira' }],
  [200, '{"name": "Mira"', {}],
  [200, JSON.stringify({ name: 'x'.repeat(70_000) }), {}],
  [404, 'not found', {}],
  [429, 'too many', undefined],
  [503, '{}', undefined],
  [0, 'no response', undefined],
])('a response with status %i sets or keeps the settings', async (status, text, expected) => {
  const respond = async (): Promise<Response> =>
    status === 0 ? Promise.reject(new Error(text)) : new Response(text, { status });
  vi.stubGlobal('fetch', respond);
  expect(await fetchConfig()).toEqual(expected);
  vi.unstubAllGlobals();
});

test('any JSON is accepted, and parsing is idempotent', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      const config = parseConfig(json);
      expect(parseConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
    }),
  );
});
