// Settings from `config.json`, and the visitor's choice of theme and language.

import type { Request, Route } from '@playwright/test';
import { answers, ask, expect, messageField, openMenu, test } from '../support/fixtures.ts';
import { answer } from '../support/scripted-backend.ts';

const isConfig = (request: Request): boolean => request.url().endsWith('/config.json');

test('the page shows all settings of config.json', async ({ page, backend }) => {
  backend.pageServer.extraFiles.set(
    '/avatar.svg',
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1" fill="teal"/></svg>',
  );
  backend.pageServer.config = JSON.stringify({
    name: 'Mira Talvik',
    title: 'Ask Mira',
    greeting: 'Good day to you.',
    suggestions: ['One?', 'Two?'],
    avatar: 'avatar.svg',
    accent: '#0f766e',
    links: [{ label: 'Site', url: 'https://example.com/' }],
    privacy: 'Kept for a month.',
  });
  await page.goto(backend.pageServer.url);
  await expect(page).toHaveTitle('Ask Mira');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ask Mira');
  await expect(page.getByText('AI twin of Mira Talvik', { exact: true })).toBeVisible();
  await expect(page.getByText('Good day to you.')).toBeVisible();
  await expect(page.locator('.chip')).toHaveText(['One?', 'Two?']);
  await expect
    .poll(() => page.locator('.top img').evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0);
  await expect(page.getByText('I am an AI and can be wrong. Kept for a month.')).toBeVisible();
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--fill'))).toBe(
    '#0f766e',
  );
  await openMenu(page);
  await expect(page.getByRole('link', { name: 'Site' })).toHaveAttribute('href', 'https://example.com/');
});

for (const [name, config] of Object.entries({
  missing: undefined,
  'not JSON': '{"name": "Mira"',
  'a list': '[1, 2]',
  null: 'null',
  'valid JSON with wrong types':
    '{"name": 1, "title": [], "suggestions": "x", "links": {"a": 1}, "accent": {}, "languages": [1], "avatar": 5, "privacy": null}',
  hostile: JSON.stringify({
    name: '<img src=x onerror=alert(1)>',
    title: '<script>alert(1)</script>',
    avatar: 'javascript:alert(1)',
    accent: 'red;}*{display:none',
    links: [
      { label: 'x', url: 'javascript:alert(1)' },
      { label: 'y', url: '//evil.example' },
    ],
    languages: ['../../x'],
    suggestions: [{}, '<b>?'],
    greeting: 'x'.repeat(100_000),
    __proto__: { polluted: true },
  }),
  huge: JSON.stringify({ name: 'x'.repeat(1_000_000) }),
})) {
  test(`the page works if config.json is ${name}`, async ({ page, backend }) => {
    backend.pageServer.config = config;
    const otherOrigins: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(backend.pageServer.url)) otherOrigins.push(request.url());
    });
    await page.goto(backend.pageServer.url);
    await expect(page.locator('.chip').first()).toBeVisible();
    await ask(page, 'Hi');
    await expect(answers(page)).toContainText('All is well.');
    await openMenu(page);
    await expect(page.locator('[href^="javascript"], [href^="//"], .chat script, [onerror]')).toHaveCount(0);
    expect(otherOrigins).toEqual([]);
  });
}

test('the page is shown before config.json and the API respond', async ({ page, backend }) => {
  await page.route('**/config.json', () => {});
  await page.route('**/api/**', () => {});
  await page.goto(backend.pageServer.url, { waitUntil: 'commit' });
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(messageField(page)).toBeVisible();
});

test('the settings of the last visit are kept if config.json does not respond', async ({ page, backend }) => {
  backend.pageServer.config = JSON.stringify({ name: 'Mira' });
  await page.goto(backend.pageServer.url);
  await expect(page).toHaveTitle('Mira');
  for (const respond of [(route: Route) => route.abort(), (route: Route) => route.fulfill({ status: 503 })]) {
    await page.route('**/config.json', respond);
    const fetched = page.waitForEvent('requestfinished', isConfig);
    const failed = page.waitForEvent('requestfailed', isConfig);
    await page.reload();
    await Promise.any([fetched, failed]);
    // The second load shows what the first one has saved.
    await page.reload();
    await expect(messageField(page)).toBeVisible();
    await expect(page).toHaveTitle('Mira');
    await page.unroute('**/config.json');
  }
});

test('the chosen theme is kept after a reload', async ({ page, backend }) => {
  await page.goto(backend.pageServer.url);
  const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await openMenu(page);
  await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
  await expect.poll(background).toBe('rgb(22, 23, 28)');
  await page.reload();
  await expect.poll(background).toBe('rgb(22, 23, 28)');
  await openMenu(page);
  await page.getByRole('radio', { name: 'Light' }).check({ force: true });
  await expect.poll(background).toBe('rgb(251, 251, 253)');
});

for (const [locale, send, dir] of [
  ['de-AT', 'Senden', 'ltr'],
  ['es-MX', 'Enviar', 'ltr'],
  ['fr', 'Envoyer', 'ltr'],
  ['it', 'Invia', 'ltr'],
  ['pt-BR', 'Enviar', 'ltr'],
  ['ja', '送信', 'ltr'],
  ['ar-EG', 'إرسال', 'rtl'],
  ['xx', 'Send', 'ltr'],
] as const) {
  test.describe(locale, () => {
    test.use({ locale });

    test('the language of the browser is used', async ({ page, backend }) => {
      await page.goto(backend.pageServer.url);
      await expect(page.getByRole('button', { name: send })).toBeVisible();
      await expect(page.locator('html')).toHaveAttribute('lang', locale === 'xx' ? 'en' : locale.slice(0, 2));
      expect(await page.evaluate(() => document.documentElement.dir || 'ltr')).toBe(dir);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    });
  });
}

test('the visitor can choose one of the configured languages', async ({ page, backend }) => {
  backend.pageServer.config = JSON.stringify({ languages: ['en', 'de'] });
  await page.goto(backend.pageServer.url);
  await openMenu(page);
  await expect(page.locator('#language option')).toHaveText(['English', 'Deutsch']);
  await page.getByLabel('Language').selectOption('de');
  await expect(page.getByRole('heading', { name: 'Menü' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Senden' })).toBeVisible();
});

test('changing the language does not interrupt an answer', async ({ page, backend }) => {
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await openMenu(page);
  await page.getByLabel('Language').selectOption('de');
  await expect(page.getByRole('heading', { name: 'Menü' })).toBeVisible();
  await page.keyboard.press('Escape');
  await stream.finish('Fine.');
  await expect(answers(page)).toContainText('Fine.');
});

test('the page sets no cookies and sends no requests to other origins', async ({ page, backend, context }) => {
  const otherOrigins: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(backend.pageServer.url)) otherOrigins.push(request.url());
  });
  backend.replies.push(
    answer('![pixel](https://evil.example/p.png) <img src="https://evil.example/q.png"> [link](https://evil.example)'),
  );
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(answers(page).getByRole('link', { name: 'link' })).toBeVisible();
  await expect(answers(page).locator('img')).toHaveCount(0);
  expect(otherOrigins).toEqual([]);
  expect(await context.cookies()).toEqual([]);
});

test('an unknown path shows the 404 page with a link to the chat', async ({ page, backend, browserErrors }) => {
  const response = await page.goto(`${backend.pageServer.url}/no/such/page`);
  expect(response?.status()).toBe(404);
  await page.getByRole('link', { name: 'Go to the chat' }).click();
  await expect(messageField(page)).toBeVisible();
  expect(browserErrors).toEqual([]);
});
