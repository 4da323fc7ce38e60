// The page with a local twin behind it.

import { answers, ask, expect, openMenu, questions, test } from '../support/fixtures.ts';
import { startTwin, type LocalTwin } from '../support/local-twin.ts';

const NOW = Date.UTC(2026, 0, 1, 12);

let twin: LocalTwin;

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  twin = await startTwin();
});
test.afterAll(async () => {
  await twin?.stop();
});

test('answers from the data files, and stores and deletes a conversation', async ({ page }) => {
  await page.goto(twin.url);
  await ask(page, 'Which footbridge is your best known project?');
  await expect(answers(page)).toContainText('Kase footbridge');
  // The page sends the next question only after the end of the answer.
  await expect(page.locator('.answer time')).toHaveCount(1);
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
  await expect(page.getByText('No conversations yet.')).toBeVisible();
  await page.reload();
  await expect(page.locator('.welcome')).toBeVisible();
});

test('counts down after too many questions in one minute', async ({ page }) => {
  await page.clock.setFixedTime(NOW);
  await page.goto(twin.url);
  await ask(page, 'Question');
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
  const session_id = await page.evaluate(() => JSON.parse(localStorage['twin:current']) as string);
  const isRefused = async (): Promise<boolean> => {
    const response = await page.request.post(`${twin.url}/api/chat`, { data: { message: 'Question', session_id } });
    return response.status() === 429;
  };
  // Use up the limit without the page, which is slower. If a minute passes meanwhile, use it up again.
  await expect(async () => {
    while (!(await isRefused()));
    await ask(page, 'Another question');
    await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
    expect(await answers(page).last().textContent()).toContain('Too many questions at once.');
  }).toPass();
  await expect(answers(page).last().locator('.chip')).toHaveText(/Try again in \d+ s/);
});

test('streams an answer, and works again after its backend was killed', async ({ page }) => {
  await page.goto(twin.url);
  const response = page.waitForResponse('**/api/chat');
  await ask(page, 'Which footbridge is your best known project?');
  expect((await response).headers()['content-type']).toContain('text/event-stream');
  await expect(answers(page)).toContainText('Kase footbridge');
  // The twin stores an answer when it is complete, not while it streams.
  await expect(page.locator('.answer time')).toHaveCount(1);
  const killed = await twin.backendPid();
  process.kill(killed, 'SIGKILL');
  await expect.poll(async () => [0, killed].includes(await twin.backendPid())).toBe(false);
  await page.reload();
  await expect(questions(page)).toHaveCount(1);
  await ask(page, 'What is your email?');
  await expect(answers(page).nth(1)).toContainText('mira@example.com');
});

test('counts down after a 429 response of the gateway', async ({ page, browserErrors }) => {
  const throttled = await startTwin({ burst: 1, rate: 1 });
  try {
    await page.clock.setFixedTime(NOW);
    await page.goto(throttled.url);
    // Other visitors use up the rate. The page may still get through, so it asks until it is refused.
    const others = setInterval(() => void fetch(`${throttled.url}/api/health`).catch(() => undefined), 20);
    try {
      await expect(async () => {
        await ask(page, 'What is your email?');
        await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
        expect(await answers(page).last().textContent()).toContain('Too many questions at once.');
      }).toPass();
    } finally {
      clearInterval(others);
    }
    const button = answers(page).last().locator('.chip');
    await expect(button).toHaveText(/Try again in \d+ s/);
    await page.clock.setFixedTime(NOW + 60_000);
    await expect(button).toHaveText('Try again');
    expect(browserErrors).toEqual([]);
  } finally {
    await throttled.stop();
  }
});
