// When something goes wrong on the way: it is told plainly, and there is a way out.

import { answers, ask, expect, field, questions, test } from '../support/page.ts';
import { broken, json, never, refused, streamed, whole } from '../support/scripted.ts';

test('too many questions: counts down, then lets try again', async ({ page, backend }) => {
  backend.replies.push(refused(429, { detail: 'x', code: 'too_many_turns' }, { 'retry-after': '2' }));
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(page.getByText('That was a lot of questions at once.')).toBeVisible();
  const button = page.locator('.answer .chip');
  await expect(button).toHaveText('Try again in 1 s');
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(button).toHaveText('Try again');
  await button.click();
  await expect(answers(page)).toContainText('All is well.');
  await expect(answers(page)).toHaveCount(1);
});

test("the gateway's own refusals carry no wait", async ({ page, backend }) => {
  backend.replies.push(
    refused(429, { message: 'Too Many Requests' }),
    refused(503, { message: 'Service Unavailable' }),
  );
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(page.locator('.answer .chip')).toHaveText(/Try again in (10|9) s/);
  await ask(page, 'Hi again');
  await expect(answers(page).nth(1)).toContainText('The twin cannot answer right now.');
  await expect(answers(page).nth(1).locator('.chip')).toHaveText('Try again');
});

for (const [status, body, sentence] of [
  [503, { detail: 'no model', code: 'model_failed' }, 'The twin cannot answer right now.'],
  [500, 'not json at all', 'The twin cannot answer right now.'],
] as const) {
  test(`${status} is told and tried again`, async ({ page, backend }) => {
    backend.replies.push(refused(status, body));
    await page.goto(backend.front.url);
    await ask(page, 'Hi');
    await expect(answers(page)).toContainText(sentence);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(answers(page)).toContainText('All is well.');
  });
}

for (const [status, code, sentence] of [
  [413, 'message_too_long', 'That message is too long.'],
  [422, 'bad_body', 'The twin did not take that message.'],
] as const) {
  test(`${status} is told, and the question changed`, async ({ page, backend }) => {
    backend.replies.push(refused(status, { detail: 'x', code }));
    await page.goto(backend.front.url);
    await ask(page, 'Hi');
    await expect(answers(page)).toContainText(sentence);
    await page.locator('.answer .chip').click();
    await expect(field(page)).toBeFocused();
    await field(page).fill('Hello');
    await field(page).press('Enter');
    await expect(questions(page)).toHaveText(['Hello']);
    await expect(answers(page)).toContainText('All is well.');
  });
}

test('an error in the middle of a stream keeps what came', async ({ page, backend }) => {
  backend.replies.push((asked, answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    answer.end(
      `event: session\ndata: {"session_id":"${asked.session_id}"}\n\nevent: token\ndata: {"delta":"Half"}\n\nevent: error\ndata: {"status_code":503,"detail":"x"}\n\n`,
    );
  });
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('Half');
  await expect(answers(page)).toContainText('The twin cannot answer right now.');
});

test('an answer that got lost is found in the memory', async ({ page, backend }) => {
  backend.replies.push(broken(['Begin'], 'Begin and end.'));
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('Begin and end.');
  await expect(page.locator('.problem')).toHaveCount(0);
});

test('a buffered answer that got lost is found when the twin is done with it', async ({ page, backend }) => {
  backend.replies.push((asked, answer) => {
    // Without any answer the browser itself would ask again.
    answer.writeHead(200, { 'content-type': 'application/json', 'content-length': '999' });
    answer.write('{');
    setTimeout(() => answer.destroy(), 50);
    setTimeout(() => backend.remember(asked, 'Late, but here.'), 1_500);
  });
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('The connection was lost. Looking for the answer');
  await expect(answers(page)).toContainText('Late, but here.', { timeout: 10_000 });
});

test('a stream that is lost for good says so', async ({ page, backend }) => {
  backend.replies.push(broken(['Only this']));
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('The connection was lost before the answer was complete.', {
    timeout: 10_000,
  });
  await expect(answers(page)).toContainText('Only this');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('All is well.');
});

test('a question whose answer never came is there after a reload', async ({ page, backend }) => {
  backend.replies.push(never());
  await page.goto(backend.front.url);
  await ask(page, 'Still there?');
  await expect.poll(() => backend.asked.length).toBe(1);
  await page.reload();
  await expect(questions(page)).toHaveText('Still there?');
  await expect(answers(page)).toContainText('Looking for the answer');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('All is well.');
});

test('an answer that comes while the page is reloaded is found', async ({ page, backend }) => {
  backend.replies.push((asked) => void setTimeout(() => backend.remember(asked, 'Here it is.'), 2_000));
  await page.goto(backend.front.url);
  await ask(page, 'Soon?');
  await expect.poll(() => backend.asked.length).toBe(1);
  await page.reload();
  await expect(answers(page)).toContainText('Here it is.', { timeout: 10_000 });
  await page.reload();
  await expect(answers(page)).toContainText('Here it is.');
});

test('a slow answer is waited for with a word', async ({ page, backend }) => {
  backend.replies.push(whole('At last.', 7_000));
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(page.getByText('Still thinking.')).toBeVisible({ timeout: 8_000 });
  await expect(answers(page)).toContainText('At last.');
});

test('offline is told, nothing is lost, and it goes on afterwards', async ({ page, backend, context }) => {
  await page.goto(backend.front.url);
  await field(page).focus();
  await page.waitForLoadState('networkidle');
  await context.setOffline(true);
  await expect(page.getByText('You are offline. What you write stays here.')).toBeVisible();
  await ask(page, 'Anybody?');
  await expect(answers(page)).toContainText('You are offline. Try again when you are connected.');
  await context.setOffline(false);
  await expect(page.getByText('What you write stays here.')).toBeHidden();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('All is well.');
});

test('a session that the twin does not take is started anew', async ({ page, backend }) => {
  backend.replies.push(refused(400, { detail: 'bad id', code: 'bad_session_id' }));
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('All is well.');
  await expect(page.getByText('so this is a new one.')).toBeVisible();
  expect(backend.asked[0]!.session_id).not.toBe(backend.asked[1]!.session_id);
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByText('so this is a new one.')).toBeHidden();
});

test('what this browser remembers may be nonsense', async ({ page, backend }) => {
  await page.addInitScript(() => {
    localStorage.setItem('twin:current', '"../../etc"');
    localStorage.setItem(
      'twin:conversations',
      '[{"id":"<b>","title":1},null,{"id":"ok","title":"t","at":1,"hidden":[2]}]',
    );
    localStorage.setItem('twin:config', '{"name":{"a":1},"accent":"red"');
    localStorage.setItem('twin:theme', '"purple"');
    localStorage.setItem('twin:draft', '[1]');
  });
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('All is well.');
});

test('a memory that cannot be reached is told, and talking goes on', async ({ page, backend }) => {
  await page.goto(backend.front.url);
  await ask(page, 'One');
  await expect(answers(page)).toContainText('All is well.');
  backend.history = (answer) => json(answer, 503, { detail: 'x', code: 'memory_unavailable' });
  await page.reload();
  await expect(page.getByText('Earlier messages cannot be reached right now.')).toBeVisible();
  backend.history = undefined;
  await page.locator('.notice').getByRole('button', { name: 'Try again' }).click();
  await expect(questions(page)).toHaveText('One');
});

test('an answer that was not saved says so', async ({ page, backend }) => {
  backend.replies.push((asked, answer) =>
    json(
      answer,
      200,
      { response: 'Fleeting.', session_id: asked.session_id, timestamp: 'x' },
      { 'x-memory': 'not-saved' },
    ),
  );
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('This answer could not be saved');
});

test('a page that may store nothing still talks', async ({ page, backend }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('All is well.');
});

test('an event cut anywhere is read all the same', async ({ page, backend }) => {
  const text = 'Grüße, 世界! 🌉';
  backend.replies.push(async (asked, answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    const bytes = Buffer.from(
      `event: token\r\ndata: ${JSON.stringify({ delta: text })}\r\n\r\nevent: done\r\ndata: ${JSON.stringify({ response: text, session_id: asked.session_id, timestamp: '2026-01-01T00:00:00Z' })}\r\n\r\n`,
    );
    for (const byte of bytes) {
      answer.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    answer.end();
  });
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText(text);
});

test('stopping reaches the backend', async ({ page, backend }) => {
  let gone = false;
  backend.replies.push((asked, answer) => {
    answer.on('close', () => {
      gone = !answer.writableFinished;
    });
    return streamed(
      Array.from({ length: 100 }, () => 'more '),
      100,
    )(asked, answer, backend);
  });
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('more');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect.poll(() => gone).toBe(true);
});
