// Talking: asking, reading, stopping, asking again.

import { answers, ask, expect, field, openMenu, questions, test } from '../support/page.ts';
import { streamed, whole } from '../support/scripted.ts';

test('an answer appears piece by piece, and whole ones as well', async ({ page, backend }) => {
  backend.replies.push(streamed(['Hello ', '**there**', ', visitor.'], 400), whole('Second, *whole*.'));
  await page.goto(backend.front.url);
  await ask(page, 'Hi?');
  await expect(questions(page)).toHaveText('Hi?');
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible();
  await expect(answers(page).locator('strong')).toHaveText('there');
  await expect(answers(page)).toContainText('Hello there, visitor.');
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
  await ask(page, 'And now?');
  await expect(answers(page).nth(1).locator('em')).toHaveText('whole');
  expect(backend.asked[0]!.session_id).toBe(backend.asked[1]!.session_id);
  await expect(page.locator('.answer time')).toHaveCount(2);
});

test('a suggested question is asked', async ({ page, backend }) => {
  backend.front.config = JSON.stringify({ name: 'Mira', suggestions: ['What is a bridge?'] });
  await page.goto(backend.front.url);
  await page.getByRole('button', { name: 'What is a bridge?' }).click();
  await expect(questions(page)).toHaveText('What is a bridge?');
  await expect(answers(page)).toContainText('All is well.');
});

test('stopping keeps what came and offers to try again', async ({ page, backend }) => {
  backend.replies.push(streamed(['First part. ', ...Array.from({ length: 50 }, () => 'more ')], 200));
  await page.goto(backend.front.url);
  await ask(page, 'Long?');
  await expect(answers(page)).toContainText('First part.');
  await field(page).press('Escape');
  await expect(answers(page)).toContainText('Stopped.');
  await expect(answers(page)).toContainText('First part.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toHaveCount(1);
  await expect(answers(page)).toContainText('All is well.');
  await expect(field(page)).toBeEmpty();
});

test('an answer is asked for again, and the old one is gone for good', async ({ page, backend }) => {
  backend.replies.push(whole('One.'), whole('Two.'));
  await page.goto(backend.front.url);
  await ask(page, 'Number?');
  await expect(answers(page)).toContainText('One.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('Two.');
  await page.reload();
  await expect(answers(page)).toHaveCount(1);
  await expect(answers(page)).toContainText('Two.');
});

test('the last question is edited', async ({ page, backend }) => {
  backend.replies.push(whole('First.'), whole('One.'), whole('Two.'));
  await page.goto(backend.front.url);
  await ask(page, 'Stays');
  await expect(answers(page)).toContainText('First.');
  await ask(page, 'Wrnog');
  await expect(answers(page).nth(1)).toContainText('One.');
  await field(page).press('ArrowUp');
  await expect(field(page)).toHaveValue('Wrnog');
  await expect(page.getByText('Editing your last question')).toBeVisible();
  await field(page).fill('Wrong');
  await field(page).press('Enter');
  await expect(answers(page).nth(1)).toContainText('Two.');
  await expect(questions(page)).toHaveText(['Stays', 'Wrong']);
  await page.reload();
  await expect(questions(page)).toHaveText(['Stays', 'Wrong']);
  await page.getByRole('button', { name: 'Edit' }).click();
  await field(page).press('Escape');
  await expect(field(page)).toBeEmpty();
});

test('a conversation is still there after a reload, and others beside it', async ({ page, backend }) => {
  await page.goto(backend.front.url);
  await ask(page, 'The first conversation');
  await expect(answers(page)).toContainText('All is well.');
  await page.reload();
  await expect(questions(page)).toHaveText('The first conversation');
  await page.getByRole('button', { name: 'New conversation' }).click();
  await expect(page.locator('.welcome')).toBeVisible();
  await expect(page.locator('#message:focus, main:focus')).toHaveCount(1);
  await ask(page, 'The second conversation');
  await expect(answers(page)).toContainText('All is well.');
  await openMenu(page);
  await expect(page.locator('.conversations li')).toHaveCount(2);
  await page
    .locator('.conversations')
    .getByRole('button', { name: /^The first/ })
    .click();
  await expect(questions(page)).toHaveText('The first conversation');
  expect(new Set(backend.asked.map(({ session_id }) => session_id)).size).toBe(2);
});

test('a conversation is forgotten here and there', async ({ page, backend }) => {
  await page.goto(backend.front.url);
  await ask(page, 'Secret');
  await expect(answers(page)).toContainText('All is well.');
  await openMenu(page);
  await page.getByRole('button', { name: 'Delete: Secret' }).click();
  await expect(page.getByRole('button', { name: 'Really delete?' })).toBeFocused();
  await page.getByRole('button', { name: 'Really delete?' }).click();
  await expect(page.getByText('Nothing here yet.')).toBeVisible();
  await expect(page.locator('#conversations')).toBeFocused();
  expect(backend.memory.size).toBe(0);
  await page.keyboard.press('Escape');
  await expect(page.locator('.welcome')).toBeVisible();
});

test('copies an answer as it was written', async ({ page, backend, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  backend.replies.push(whole('So **bold**.'));
  await page.goto(backend.front.url);
  await ask(page, 'Bold?');
  await page.locator('.answer').getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('So **bold**.');
});

test('saves the conversation as Markdown', async ({ page, backend }) => {
  backend.front.config = JSON.stringify({ name: 'Mira Talvik' });
  backend.replies.push(whole('# An answer'));
  await page.goto(backend.front.url);
  await ask(page, 'A question\nin two lines');
  await expect(answers(page)).toContainText('An answer');
  await openMenu(page);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as Markdown' }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toMatch(/^mira-talvik-\d{4}-\d\d-\d\d\.md$/);
  const chunks: Buffer[] = [];
  for await (const chunk of await saved.createReadStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toMatch(
    /^# Mira Talvik\n\n\*\*You\*\* \(.{16}\)\n\n> A question\n> in two lines\n\n\*\*Mira Talvik\*\* \(.{16}\)\n\n# An answer\n$/,
  );
});

test('code has colours when it comes, and copies', async ({ page, backend, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  backend.replies.push(whole('No code.'), whole('```js\nconst a = "b"; // c\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |'));
  await page.goto(backend.front.url);
  await ask(page, 'Nothing?');
  await expect(answers(page)).toContainText('No code.');
  expect(fetched.filter((path) => path.includes('highlight'))).toEqual([]);
  await ask(page, 'Code?');
  await expect(page.locator('.hl-keyword')).toHaveText('const');
  await expect(page.locator('.hl-comment')).toHaveText('// c');
  await expect(page.locator('td')).toHaveText(['1', '2']);
  await page.locator('.bar').getByRole('button', { name: 'Copy' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('const a = "b"; // c\n');
});

test('the end is followed until the visitor scrolls away', async ({ page, backend }) => {
  backend.replies.push(
    streamed(
      Array.from({ length: 120 }, (_, at) => `Line ${at}\n\n`),
      25,
    ),
  );
  await page.goto(backend.front.url);
  await ask(page, 'Many lines?');
  const scroller = page.locator('.scroller');
  const left = (): Promise<number> => scroller.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
  await expect(answers(page)).toContainText('Line 40');
  expect(await left()).toBeLessThan(120);
  await scroller.evaluate((box) => {
    box.scrollTop = 0;
  });
  const jump = page.getByRole('button', { name: 'Jump to the latest' });
  await expect(jump).toBeVisible();
  await expect(answers(page)).toContainText('Line 119');
  expect(await scroller.evaluate((box) => box.scrollTop)).toBe(0);
  await jump.click();
  await expect(jump).toBeHidden();
  expect(await left()).toBeLessThan(5);
});

test('only so many messages are in the document at once', async ({ page, backend }) => {
  await page.goto(backend.front.url);
  await ask(page, 'One');
  await expect(answers(page)).toContainText('All is well.');
  const id = backend.asked[0]!.session_id;
  for (let at = 0; at < 45; at += 1)
    backend.remember({ message: `Question ${at}`, session_id: id, stream: true }, `Answer ${at}`);
  await page.reload();
  await expect(page.locator('.message')).toHaveCount(60);
  await page.getByRole('button', { name: 'Show earlier messages' }).click();
  await expect(page.locator('.message')).toHaveCount(92);
  await expect(page.locator('.message').first()).toBeFocused();
});
