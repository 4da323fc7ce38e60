// Asking, reading, stopping and asking again; the list of conversations.

import type { Page } from '@playwright/test';

import {
  answers,
  ask,
  expect,
  installClock,
  messageField,
  openMenu,
  pauseClock,
  questions,
  test,
} from '../support/fixtures.ts';
import { answer, json, neverReply, refuse, type ScriptedBackend } from '../support/scripted-backend.ts';

/** Asks a question and stops its answer. The twin replies to the report of the stop when the returned function is called. */
async function stopAnswer(page: Page, backend: ScriptedBackend, question: string): Promise<() => void> {
  let reply!: () => void;
  backend.stopReply = new Promise((resolve) => {
    reply = resolve;
  });
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, question);
  await stream.send('Well');
  await expect(answers(page)).toContainText('Well');
  await page.getByRole('button', { name: 'Stop' }).click();
  return reply;
}

test('a streamed answer appears part by part, and a JSON answer at once', async ({ page, backend }) => {
  const stream = backend.streamNextAnswer();
  backend.replies.push(answer('Second, *whole*.'));
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi?');
  await expect(questions(page)).toHaveText('Hi?');
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible();
  await stream.send('Hello ', '**there**');
  await expect(answers(page).locator('strong')).toHaveText('there');
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible();
  await stream.finish(', visitor.');
  await expect(answers(page)).toContainText('Hello there, visitor.');
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
  await ask(page, 'And now?');
  await expect(answers(page).nth(1).locator('em')).toHaveText('whole');
  expect(backend.requests[0]!.session_id).toBe(backend.requests[1]!.session_id);
  await expect(page.locator('.answer time')).toHaveCount(2);
});

test('pressing a suggested question sends it', async ({ page, backend }) => {
  backend.pageServer.config = JSON.stringify({ name: 'Mira', suggestions: ['What is a bridge?'] });
  await page.goto(backend.pageServer.url);
  await page.getByRole('button', { name: 'What is a bridge?' }).click();
  await expect(questions(page)).toHaveText('What is a bridge?');
  await expect(answers(page)).toContainText('All is well.');
});

test('stopping an answer keeps its text and offers to try again', async ({ page, backend }) => {
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Long?');
  await stream.send('First part. ');
  await expect(answers(page)).toContainText('First part.');
  await messageField(page).press('Escape');
  await expect(answers(page)).toContainText('Stopped.');
  await expect(answers(page)).toContainText('First part.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toHaveCount(1);
  await expect(answers(page)).toContainText('All is well.');
  await expect(messageField(page)).toBeEmpty();
});

test('the page reports to the twin how much of a stopped answer was shown', async ({ page, backend }) => {
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Long?');
  await stream.send('Erster 🌉 ', 'Teil');
  await expect(answers(page)).toContainText('Erster 🌉 Teil');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(answers(page)).toContainText('Stopped.');
  const { turn, session_id } = backend.requests[0]!;
  await expect.poll(() => backend.stops).toEqual([{ session_id, turn, shown: 13 }]);
  // The twin stores the answer later. A reloaded page looks for it.
  backend.rememberAfterNextRead(backend.requests[0]!, 'Erster 🌉 Teil, und noch mehr.');
  await page.reload();
  await expect(questions(page)).toHaveText('Long?');
  await expect(answers(page)).toContainText('Stopped.');
  await expect(answers(page)).toContainText('Erster 🌉 Teil');
  await expect(answers(page)).not.toContainText('noch mehr');
  await page.reload();
  await expect(answers(page)).toContainText('Stopped.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('All is well.');
  expect(backend.requests[1]!.replaces).toEqual([turn]);
});

test('the next question is sent when the twin knows what was shown', async ({ page, backend }) => {
  const reply = await stopAnswer(page, backend, 'First?');
  await ask(page, 'Second?');
  await expect.poll(() => backend.stops.length).toBe(1);
  expect(backend.requests.length).toBe(1);
  reply();
  await expect(answers(page).nth(1)).toContainText('All is well.');
  expect(backend.requests.length).toBe(2);
});

test('a question that is stopped before it is sent returns to the message field', async ({ page, backend }) => {
  const reply = await stopAnswer(page, backend, 'First?');
  await ask(page, 'Second?');
  await expect(answers(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(questions(page)).toHaveText('First?');
  await expect(messageField(page)).toHaveValue('Second?');
  await page.getByRole('button', { name: 'Edit' }).click();
  await messageField(page).fill('Edited?');
  await messageField(page).press('Enter');
  await expect(questions(page)).toHaveText('Edited?');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(questions(page)).toHaveText('First?');
  await expect(messageField(page)).toHaveValue('Edited?');
  await ask(page, 'Third?');
  await expect.poll(() => backend.stops.length).toBe(1);
  reply();
  await expect(answers(page).nth(1)).toContainText('All is well.');
  expect(backend.requests.map(({ message }) => message)).toEqual(['First?', 'Third?']);
  expect(backend.stops.length).toBe(1);
});

test('a question that was not sent before a reload is not awaited', async ({ page, backend }) => {
  await stopAnswer(page, backend, 'First?');
  await ask(page, 'Second?');
  await expect(answers(page)).toHaveCount(2);
  await page.reload();
  await expect(questions(page).last()).toHaveText('Second?');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible({ timeout: 5_000 });
});

test('a backend that does not know stops delays no question', async ({ page, backend }) => {
  backend.refusesStops = true;
  const stream = backend.streamNextAnswer();
  await installClock(page);
  await page.goto(backend.pageServer.url);
  await ask(page, 'First?');
  await stream.send('Well');
  await expect(answers(page)).toContainText('Well');
  // Without timers, a further attempt would never be made.
  await pauseClock(page);
  await page.getByRole('button', { name: 'Stop' }).click();
  await ask(page, 'Second?');
  await expect.poll(() => backend.requests.length).toBe(2);
  expect(backend.stops.length).toBe(1);
});

test('an answer that is stopped before it begins is remembered as empty', async ({ page, backend }) => {
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hm?');
  await stream.send();
  await page.getByRole('button', { name: 'New conversation' }).click();
  await expect.poll(() => backend.stops.map(({ shown }) => shown)).toEqual([0]);
  backend.remember(backend.requests[0]!, 'Much later.');
  await openMenu(page);
  await page.locator('.conversations').getByRole('button', { name: /^Hm/ }).click();
  await expect(answers(page)).toContainText('Stopped.');
  await expect(answers(page).locator('.body')).toHaveCount(0);
});

test('asking again replaces the answer, also after a reload', async ({ page, backend }) => {
  backend.replies.push(answer('One.'), answer('Two.'), answer('Three.'));
  await page.goto(backend.pageServer.url);
  await ask(page, 'Number?');
  await expect(answers(page)).toContainText('One.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('Two.');
  expect(backend.requests[1]!.replaces).toEqual([backend.requests[0]!.turn]);
  await page.reload();
  await expect(answers(page)).toHaveCount(1);
  await expect(answers(page)).toContainText('Two.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('Three.');
  expect(backend.requests[2]!.replaces).toEqual([backend.requests[1]!.turn]);
});

test('a reload while a question is asked again shows only the new answer', async ({ page, backend }) => {
  backend.replies.push(answer('One.'), neverReply());
  await page.goto(backend.pageServer.url);
  await ask(page, 'Number?');
  await expect(answers(page)).toContainText('One.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => backend.requests.length).toBe(2);
  backend.rememberAfterNextRead(backend.requests[1]!, 'Two.');
  await page.reload();
  await expect(answers(page)).toContainText('Two.');
  await expect(questions(page)).toHaveText(['Number?']);
});

test('an edit that failed replaces its turn also after a reload', async ({ page, backend }) => {
  backend.replies.push(answer('One.'), refuse(503, {}));
  await page.goto(backend.pageServer.url);
  await ask(page, 'Wrnog');
  await expect(answers(page)).toContainText('One.');
  await page.getByRole('button', { name: 'Edit' }).click();
  await messageField(page).fill('Wrong');
  await messageField(page).press('Enter');
  await expect(answers(page)).toContainText('The twin cannot answer right now.');
  await page.reload();
  await expect(questions(page)).toHaveText(['Wrong']);
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('All is well.');
  const turns = backend.requests.map(({ turn }) => turn);
  expect(backend.requests[2]!.replaces).toEqual([turns[1], turns[0]]);
  await page.reload();
  await expect(questions(page)).toHaveText(['Wrong']);
});

test('replaced versions of a turn can be read until the page is reloaded', async ({ page, backend }) => {
  backend.replies.push(answer('One.'), refuse(503, {}), answer('Two.'), answer('Three.'));
  await page.goto(backend.pageServer.url);
  await ask(page, 'First?');
  await expect(answers(page)).toContainText('One.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('The twin cannot answer right now.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('Two.');
  await expect(page.locator('.versions')).toHaveText('2/2');
  // A failed attempt may have been stored, so it is replaced as well.
  const turns = backend.requests.map(({ turn }) => turn);
  expect(backend.requests[2]!.replaces).toEqual([turns[1], turns[0]]);
  await page.getByRole('button', { name: 'Edit' }).click();
  await messageField(page).fill('Second?');
  await messageField(page).press('Enter');
  await expect(answers(page)).toContainText('Three.');
  await expect(page.locator('.versions')).toHaveText('3/3');
  const earlier = page.getByRole('button', { name: 'Earlier version' });
  await earlier.click();
  await expect(answers(page)).toContainText('Two.');
  await earlier.click();
  await earlier.click();
  await expect(page.locator('.versions')).toHaveText('1/3');
  await expect(questions(page)).toHaveText('First?');
  await expect(answers(page)).toContainText('One.');
  await expect(answers(page)).toContainText('The twin does not remember it.');
  await expect(page.getByRole('button', { name: 'Edit' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Later version' }).click();
  await page.getByRole('button', { name: 'Later version' }).click();
  await expect(questions(page)).toHaveText('Second?');
  await page.getByRole('button', { name: 'New conversation' }).click();
  await expect(page.locator('.welcome')).toBeVisible();
  await openMenu(page);
  await page.locator('.conversations .row').click();
  await expect(page.locator('.versions')).toHaveText('3/3');
  await page.reload();
  await expect(answers(page)).toContainText('Three.');
  await expect(page.locator('.versions')).toHaveCount(0);
});

test('a question that another tab made outdated is shown after the stored conversation', async ({ page, backend }) => {
  await page.goto(backend.pageServer.url);
  await ask(page, 'First?');
  await expect(answers(page)).toContainText('All is well.');
  const id = backend.requests[0]!.session_id;
  backend.remember({ message: 'Elsewhere?', session_id: id, stream: true, turn: 'other' }, 'Yes, here.');
  backend.replies.push(refuse(409, { detail: 'x', code: 'conversation_changed' }));
  await page.getByRole('button', { name: 'Edit' }).click();
  await messageField(page).fill('Edited?');
  await messageField(page).press('Enter');
  await expect(questions(page)).toHaveText(['First?', 'Elsewhere?', 'Edited?']);
  await expect(answers(page).nth(1)).toContainText('Yes, here.');
  await expect(answers(page).nth(2)).toContainText('so this message was not sent.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page).nth(2)).toContainText('All is well.');
  // Only the attempt that was refused is replaced.
  expect(backend.requests[2]!.replaces).toEqual([backend.requests[1]!.turn]);
});

test('editing the last question replaces it and its answer', async ({ page, backend }) => {
  backend.replies.push(answer('First.'), answer('One.'), answer('Two.'));
  await page.goto(backend.pageServer.url);
  await ask(page, 'Stays');
  await expect(answers(page)).toContainText('First.');
  await ask(page, 'Wrnog');
  await expect(answers(page).nth(1)).toContainText('One.');
  await messageField(page).press('ArrowUp');
  await expect(messageField(page)).toHaveValue('Wrnog');
  await expect(page.getByText('Editing your last question')).toBeVisible();
  await messageField(page).fill('Wrong');
  await messageField(page).press('Enter');
  await expect(answers(page).nth(1)).toContainText('Two.');
  await expect(questions(page)).toHaveText(['Stays', 'Wrong']);
  await page.reload();
  await expect(questions(page)).toHaveText(['Stays', 'Wrong']);
  await page.getByRole('button', { name: 'Edit' }).click();
  await expect(messageField(page)).toHaveValue('Wrong');
  await messageField(page).press('Escape');
  await expect(messageField(page)).toBeEmpty();
});

test('editing a stopped question replaces it, and keeps what was shown as an earlier version', async ({
  page,
  backend,
}) => {
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Wrnog');
  await stream.send('Half an');
  await expect(answers(page)).toContainText('Half an');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await messageField(page).fill('Wrong');
  await messageField(page).press('Enter');
  await expect(answers(page)).toContainText('All is well.');
  await expect(questions(page)).toHaveText(['Wrong']);
  expect(backend.stops.map(({ shown }) => shown)).toEqual([7]);
  expect(backend.requests[1]!.replaces).toEqual([backend.requests[0]!.turn]);
  await page.getByRole('button', { name: 'Earlier version' }).click();
  await expect(questions(page)).toHaveText(['Wrnog']);
  await expect(answers(page)).toContainText('Half an');
  await page.reload();
  await expect(questions(page)).toHaveText(['Wrong']);
  await expect(page.locator('.versions')).toHaveCount(0);
});

test('conversations are kept after a reload and can be reopened from the menu', async ({ page, backend }) => {
  await page.goto(backend.pageServer.url);
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
  expect(new Set(backend.requests.map(({ session_id }) => session_id)).size).toBe(2);
});

test('deleting a conversation deletes it in the browser and on the twin', async ({ page, backend }) => {
  await page.goto(backend.pageServer.url);
  await ask(page, 'Secret');
  await expect(answers(page)).toContainText('All is well.');
  await openMenu(page);
  await page.getByRole('button', { name: 'Delete: Secret' }).click();
  await expect(page.getByRole('button', { name: 'Really delete?' })).toBeFocused();
  await page.getByRole('button', { name: 'Really delete?' }).click();
  await expect(page.getByText('No conversations yet.')).toBeVisible();
  await expect(page.locator('#conversations')).toBeFocused();
  expect(backend.memory.size).toBe(0);
  await page.keyboard.press('Escape');
  await expect(page.locator('.welcome')).toBeVisible();
});

test('a conversation that is deleted while its first answer arrives stays deleted', async ({ page, backend }) => {
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Secret');
  await stream.send('Well');
  await expect(answers(page)).toContainText('Well');
  await openMenu(page);
  await page.getByRole('button', { name: 'Delete: Secret' }).click();
  await page.getByRole('button', { name: 'Really delete?' }).click();
  await stream.aborted;
  await expect(page.getByText('No conversations yet.')).toBeVisible();
  expect(backend.deletions).toEqual([backend.requests[0]!.session_id]);
  await page.keyboard.press('Escape');
  await expect(page.locator('.welcome')).toBeVisible();
  // The twin would store the turn as stopped.
  expect(backend.stops).toEqual([]);
  await page.reload();
  await expect(page.locator('.welcome')).toBeVisible();
});

test('a conversation is deleted after its stops have been reported', async ({ page, backend }) => {
  const reply = await stopAnswer(page, backend, 'Secret');
  await openMenu(page);
  await page.getByRole('button', { name: 'Delete: Secret' }).click();
  await page.getByRole('button', { name: 'Really delete?' }).click();
  await expect(page.locator('#conversations')).toBeFocused();
  await expect.poll(() => backend.stops.length).toBe(1);
  expect(backend.deletions).toEqual([]);
  reply();
  await expect(page.getByText('No conversations yet.')).toBeVisible();
  expect(backend.deletions.length).toBe(1);
});

test('a conversation that another tab has deleted is not listed when its answer arrives', async ({
  page,
  backend,
  context,
}) => {
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Secret');
  await stream.send('Well');
  const other = await context.newPage();
  await other.goto(backend.pageServer.url);
  await openMenu(other);
  await other.getByRole('button', { name: 'Delete: Secret' }).click();
  await other.getByRole('button', { name: 'Really delete?' }).click();
  await expect(other.getByText('No conversations yet.')).toBeVisible();
  // The browser tells the first tab a little later.
  await openMenu(page);
  await expect(page.getByText('No conversations yet.')).toBeVisible();
  await page.keyboard.press('Escape');
  await stream.finish(', it is done.');
  await expect(answers(page)).toContainText('Well, it is done.');
  await expect(page.locator('.answer time')).toBeVisible();
  await openMenu(page);
  await expect(page.getByText('No conversations yet.')).toBeVisible();
});

test('the copy button of an answer copies its Markdown', async ({ page, backend, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await installClock(page);
  backend.replies.push(answer('So **bold**.'));
  await page.goto(backend.pageServer.url);
  await ask(page, 'Bold?');
  const copy = page.locator('.answer').getByRole('button', { name: 'Copy', exact: true });
  await expect(copy).toBeVisible();
  await pauseClock(page);
  await copy.click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('So **bold**.');
  await page.clock.runFor(5_000);
  await expect(copy).toBeVisible();
});

test('a conversation is saved as a Markdown file', async ({ page, backend }) => {
  backend.pageServer.config = JSON.stringify({ name: 'Mira Talvik' });
  backend.replies.push(answer('# An answer'));
  await page.goto(backend.pageServer.url);
  await expect(page).toHaveTitle('Mira Talvik');
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

test('code is highlighted and can be copied; the highlighter is loaded with the first code block', async ({
  page,
  backend,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const requested: string[] = [];
  page.on('request', (request) => requested.push(new URL(request.url()).pathname));
  backend.replies.push(
    answer('No code.'),
    answer('```js\nconst a = "b"; // c\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |'),
  );
  await page.goto(backend.pageServer.url);
  await ask(page, 'Nothing?');
  await expect(answers(page)).toContainText('No code.');
  expect(requested.filter((path) => path.includes('highlight'))).toEqual([]);
  await ask(page, 'Code?');
  await expect(page.locator('.hl-keyword')).toHaveText('const');
  await expect(page.locator('.hl-comment')).toHaveText('// c');
  await expect(page.locator('td')).toHaveText(['1', '2']);
  await page.locator('.code-header').getByRole('button', { name: 'Copy' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('const a = "b"; // c\n');
});

test('a question moves to the top and stays there while its answer grows', async ({ page, backend }) => {
  const lines = Array.from({ length: 120 }, (_, at) => `Line ${at}\n\n`);
  backend.replies.push(answer(lines.slice(0, 40).join('')));
  await page.goto(backend.pageServer.url);
  await ask(page, 'First?');
  await expect(answers(page)).toContainText('Line 39');
  const scroller = page.locator('.scroller');
  const distanceFromEnd = (): Promise<number> =>
    scroller.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
  /** Returns the distance of a question from the top of the view. */
  const top = async (at: number): Promise<number> =>
    (await page.locator('.question').nth(at).boundingBox())!.y - (await scroller.boundingBox())!.y;
  await expect.poll(() => top(0)).toBeGreaterThanOrEqual(0);
  const stream = backend.streamNextAnswer();
  await ask(page, 'Many lines?');
  const isAtTop = async (): Promise<void> => {
    await expect.poll(() => top(1)).toBeGreaterThanOrEqual(0);
    await expect.poll(() => top(1)).toBeLessThan(40);
  };
  await isAtTop();
  const jump = page.getByRole('button', { name: 'Jump to the latest message' });
  await expect(jump).toBeHidden();
  for (const [from, to] of [
    [0, 2],
    [2, 60],
  ] as const) {
    await stream.send(...lines.slice(from, to));
    await expect(answers(page).nth(1)).toContainText(`Line ${to - 1}`);
    await isAtTop();
  }
  // The visitor follows the end.
  await jump.click();
  await expect.poll(distanceFromEnd).toBeLessThan(5);
  await stream.send(...lines.slice(60, 90));
  await expect(answers(page).nth(1)).toContainText('Line 89');
  await expect.poll(distanceFromEnd).toBeLessThan(5);
  // The visitor scrolls away.
  await scroller.evaluate((box) => {
    box.scrollTop = 0;
  });
  await expect(jump).toBeVisible();
  await stream.finish(...lines.slice(90));
  await expect(answers(page).nth(1)).toContainText('Line 119');
  await expect(page.locator('.answer time')).toHaveCount(2);
  expect(await scroller.evaluate((box) => box.scrollTop)).toBe(0);
  await jump.click();
  await expect(jump).toBeHidden();
  await expect.poll(distanceFromEnd).toBeLessThan(5);
});

test('the first question needs no scrolling, and a conversation that is opened shows its end', async ({
  page,
  backend,
}) => {
  await page.goto(backend.pageServer.url);
  await ask(page, 'First?');
  await expect(answers(page)).toContainText('All is well.');
  const scroller = page.locator('.scroller');
  expect(await scroller.evaluate((box) => box.scrollHeight - box.clientHeight)).toBe(0);
  const id = backend.requests[0]!.session_id;
  for (let at = 0; at < 20; at += 1)
    backend.remember({ message: `Question ${at}`, session_id: id, stream: true }, `Answer ${at}`);
  await page.reload();
  // The time follows the text, so that without `exact`, 'Answer 1' at 9:00 would be found as well.
  await expect(page.getByText('Answer 19', { exact: true })).toBeInViewport();
});

test('a long conversation shows its last 60 messages, and earlier ones on request', async ({ page, backend }) => {
  await page.goto(backend.pageServer.url);
  await ask(page, 'One');
  await expect(answers(page)).toContainText('All is well.');
  const id = backend.requests[0]!.session_id;
  for (let at = 0; at < 45; at += 1)
    backend.remember({ message: `Question ${at}`, session_id: id, stream: true }, `Answer ${at}`);
  await page.reload();
  await expect(page.locator('.message')).toHaveCount(60);
  await page.getByRole('button', { name: 'Show earlier messages' }).click();
  await expect(page.locator('.message')).toHaveCount(92);
  await expect(page.locator('.message').first()).toBeFocused();
});

test('the page reports which messages the twin remembers as a summary', async ({ page, backend }) => {
  await page.goto(backend.pageServer.url);
  await ask(page, 'One');
  await expect(answers(page)).toContainText('All is well.');
  await ask(page, 'Two');
  await expect(answers(page).nth(1)).toContainText('All is well.');
  backend.replies.push((request, response) => {
    const timestamp = backend.remember(request, 'Summarized.');
    const { turn } = backend.requests[0]!;
    const stored = backend.memory.get(request.session_id)!;
    const summarized = stored.map((message, at) => (at === 1 ? { ...message, summary: 'One.' } : message));
    backend.memory.set(request.session_id, summarized);
    json(response, 200, {
      response: 'Summarized.',
      session_id: request.session_id,
      timestamp,
      summarized: turn,
    });
  });
  await ask(page, 'Three');
  const note = page.getByText('The twin remembers the messages up to here as a summary.');
  await expect(answers(page).nth(0).filter({ has: note })).toHaveCount(1);
  await expect(note).toHaveCount(1);
  await page.reload();
  await expect(answers(page)).toHaveCount(3);
  await expect(answers(page).nth(0).filter({ has: note })).toHaveCount(1);
  await expect(note).toHaveCount(1);
});
