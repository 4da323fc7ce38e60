// The page and a real twin.

import { answers, ask, expect, openMenu, questions, test } from '../support/page.ts';
import { startTwin, type RunningTwin } from '../support/twin.ts';

let twin: RunningTwin;

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  twin = await startTwin();
});
test.afterAll(async () => {
  await twin?.stop();
});

test('answers from the notes, remembers, forgets', async ({ page }) => {
  await page.goto(twin.front.url);
  await ask(page, 'Which footbridge is your best known project?');
  await expect(answers(page)).toContainText('Kase footbridge');
  await ask(page, 'What is your email?');
  await expect(answers(page).nth(1).getByRole('link', { name: 'mira@example.com' })).toBeVisible();
  await page.reload();
  await expect(questions(page)).toHaveText(['Which footbridge is your best known project?', 'What is your email?']);
  await expect(page.locator('.answer time')).toHaveCount(2);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.locator('.answer time')).toHaveCount(2);
  await page.reload();
  await expect(questions(page)).toHaveCount(2);
  await openMenu(page);
  await page.getByRole('button', { name: /^Delete: Which/ }).click();
  await page.getByRole('button', { name: 'Really delete?' }).click();
  await expect(page.getByText('Nothing here yet.')).toBeVisible();
  await page.reload();
  await expect(page.locator('.welcome')).toBeVisible();
});

test('refuses what is too much, with seconds to wait', async ({ page }) => {
  await page.goto(twin.front.url);
  for (let turn = 0; turn < 60 && (await page.locator('.problem').count()) === 0; turn += 1) {
    await ask(page, `Question ${turn}`);
    await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
  }
  await expect(answers(page).last()).toContainText('That was a lot of questions at once.');
  await expect(answers(page).last().locator('.chip')).toHaveText(/Try again in \d+ s/);
});
