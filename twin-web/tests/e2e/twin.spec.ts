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
  await page.goto(twin.url);
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
  await page.goto(twin.url);
  for (let turn = 0; turn < 60 && (await page.locator('.problem').count()) === 0; turn += 1) {
    await ask(page, `Question ${turn}`);
    await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
  }
  await expect(answers(page).last()).toContainText('That was a lot of questions at once.');
  await expect(answers(page).last().locator('.chip')).toHaveText(/Try again in \d+ s/);
});

test('streams an answer, and is back after its backend was killed', async ({ page }) => {
  await page.goto(twin.url);
  const streamed = page.waitForResponse((response) => response.url().endsWith('/api/chat'));
  await ask(page, 'Which footbridge is your best known project?');
  expect((await streamed).headers()['content-type']).toContain('text/event-stream');
  await expect(answers(page)).toContainText('Kase footbridge');
  // What was said to its end is remembered; what is being said is not yet.
  await expect(page.locator('.answer time')).toHaveCount(1);
  process.kill(await twin.backend(), 'SIGKILL');
  await page.reload();
  await expect(questions(page)).toHaveCount(1);
  await ask(page, 'What is your email?');
  await expect(answers(page).nth(1)).toContainText('mira@example.com');
});

test('counts down when the front door lets nobody in', async ({ page, complaints }) => {
  const small = await startTwin({ burst: 1, rate: 1 });
  try {
    await page.goto(small.url);
    // Somebody else is faster, all the time.
    const crowd = setInterval(() => void fetch(`${small.url}/api/health`).catch(() => undefined), 20);
    await ask(page, 'What is your email?');
    await expect(answers(page).last().locator('.chip')).toHaveText(/Try again in \d+ s/);
    clearInterval(crowd);
    await expect(answers(page).last().locator('.chip')).toHaveText('Try again', { timeout: 15_000 });
    expect(complaints).toEqual([]);
  } finally {
    await small.stop();
  }
});
