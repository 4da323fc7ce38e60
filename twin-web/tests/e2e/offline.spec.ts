// The page without a connection, and with one again.

import { answers, ask, expect, field, test } from '../support/page.ts';

test.use({ serviceWorkers: 'allow' });

test('the page opens offline, and talks when it is online again', async ({ page, backend, context }) => {
  backend.front.config = JSON.stringify({ name: 'Mira' });
  await page.goto(backend.front.url);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await page.reload();
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText('AI twin of Mira', { exact: true })).toBeVisible();
  await expect(page.getByText('You are offline.')).toBeVisible();
  await ask(page, 'Anybody?');
  await expect(answers(page)).toContainText('You are offline.');
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('All is well.');
});

test('new settings are seen at once although there is a worker', async ({ page, backend }) => {
  backend.front.config = JSON.stringify({ name: 'Mira' });
  await page.goto(backend.front.url);
  await page.evaluate(() => navigator.serviceWorker.ready);
  backend.front.config = JSON.stringify({ name: 'Nora' });
  await page.reload();
  await expect(page.getByText('AI twin of Nora', { exact: true })).toBeVisible();
  await expect(field(page)).toBeVisible();
});
