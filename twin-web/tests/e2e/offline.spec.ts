// The service worker: the page opens offline, and its cache never hides new settings.

import { answers, ask, expect, messageField, test } from '../support/fixtures.ts';

test.use({ serviceWorkers: 'allow' });

test('the page opens offline, and works again when it is online', async ({ page, backend, context }) => {
  backend.pageServer.config = JSON.stringify({ name: 'Mira' });
  await page.goto(backend.pageServer.url);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await page.reload();
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText('AI twin of Mira', { exact: true })).toBeVisible();
  await expect(page.getByText('You are offline.')).toBeVisible();
  await ask(page, 'Anyone?');
  await expect(answers(page)).toContainText('You are offline.');
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('All is well.');
});

test('a service worker does not delay new settings', async ({ page, backend }) => {
  backend.pageServer.config = JSON.stringify({ name: 'Mira' });
  await page.goto(backend.pageServer.url);
  await page.evaluate(() => navigator.serviceWorker.ready);
  // The worker serves the cached file if the network takes longer than 4 seconds, as on a busy machine. With a new
  // name before each attempt, a worker that always serves the cached file still fails.
  const showsNewName = async (attempt: number): Promise<boolean> => {
    const name = `Nora ${attempt}`;
    backend.pageServer.config = JSON.stringify({ name });
    const settings = page.waitForResponse('**/config.json');
    await page.reload();
    return (await (await settings).text()).includes(name);
  };
  let attempt = 1;
  while (!(await showsNewName(attempt))) attempt += 1;
  await expect(page.getByText(`AI twin of Nora ${attempt}`, { exact: true })).toBeVisible();
  await expect(messageField(page)).toBeVisible();
});
