// Error responses, lost connections, and a missing network: the page explains the problem and lets the visitor retry.

import type { ServerResponse } from 'node:http';
import {
  advanceClockUntil,
  answers,
  ask,
  expect,
  installClock,
  messageField,
  pauseClock,
  questions,
  test,
} from '../support/fixtures.ts';
import { json, neverReply, refuse } from '../support/scripted-backend.ts';

const NOW = Date.UTC(2026, 0, 1, 12);

test('counts down the seconds of Retry-After, then offers to try again', async ({ page, backend }) => {
  await page.clock.setFixedTime(NOW);
  backend.replies.push(refuse(429, { detail: 'x', code: 'too_many_turns' }, { 'retry-after': '2' }));
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('Too many questions at once.');
  const button = page.locator('.answer .chip');
  await expect(button).toHaveText('Try again in 2 s');
  await page.clock.setFixedTime(NOW + 1_000);
  await expect(button).toHaveText('Try again in 1 s');
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await page.clock.setFixedTime(NOW + 2_000);
  await expect(button).toHaveText('Try again');
  await button.click();
  await expect(answers(page)).toContainText('All is well.');
  await expect(answers(page)).toHaveCount(1);
});

test('waits 10 seconds after a 429 response without Retry-After, and none after a 503 response', async ({
  page,
  backend,
}) => {
  await page.clock.setFixedTime(NOW);
  backend.replies.push(refuse(429, { message: 'Too Many Requests' }), refuse(503, { message: 'Service Unavailable' }));
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(page.locator('.answer .chip')).toHaveText('Try again in 10 s');
  await ask(page, 'Hi again');
  await expect(answers(page).nth(1)).toContainText('The twin cannot answer right now.');
  await expect(answers(page).nth(1).locator('.chip')).toHaveText('Try again');
});

test('a paused chat shows the sentence of its owner, or one in the language of the visitor', async ({
  page,
  backend,
}) => {
  const paused = { detail: 'x', code: 'paused' };
  backend.replies.push(refuse(503, { ...paused, message: 'Back on <b>Monday</b>.' }), refuse(503, paused));
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('Back on <b>Monday</b>.');
  await ask(page, 'Hi again');
  await expect(answers(page).nth(1)).toContainText('This chat is paused. Please come back later.');
});

for (const [status, body, sentence] of [
  [503, { detail: 'no model', code: 'model_failed' }, 'The twin cannot answer right now.'],
  [500, 'not json at all', 'The twin cannot answer right now.'],
] as const) {
  test(`a ${status} response is reported and can be retried`, async ({ page, backend }) => {
    backend.replies.push(refuse(status, body));
    await page.goto(backend.pageServer.url);
    await ask(page, 'Hi');
    await expect(answers(page)).toContainText(sentence);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(answers(page)).toContainText('All is well.');
  });
}

for (const [status, code, sentence] of [
  [413, 'message_too_long', 'That message is too long.'],
  [422, 'bad_body', 'The twin did not accept that message.'],
] as const) {
  test(`a ${status} response is reported and the question can be edited`, async ({ page, backend }) => {
    backend.replies.push(refuse(status, { detail: 'x', code }));
    await page.goto(backend.pageServer.url);
    await ask(page, 'Hi');
    await expect(answers(page)).toContainText(sentence);
    await page.locator('.answer .chip').click();
    await expect(messageField(page)).toBeFocused();
    await messageField(page).fill('Hello');
    await messageField(page).press('Enter');
    await expect(questions(page)).toHaveText(['Hello']);
    await expect(answers(page)).toContainText('All is well.');
  });
}

test('an error event in a stream keeps the text before it', async ({ page, backend }) => {
  backend.replies.push((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(
      `event: session\ndata: {"session_id":"${request.session_id}"}\n\nevent: token\ndata: {"delta":"Half"}\n\nevent: error\ndata: {"status_code":503,"detail":"x"}\n\n`,
    );
  });
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('Half');
  await expect(answers(page)).toContainText('The twin cannot answer right now.');
});

test('after a lost stream the answer is read from the history', async ({ page, backend }) => {
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await stream.send('Begin');
  await expect(answers(page)).toContainText('Begin');
  backend.remember(backend.requests[0]!, 'Begin and end.');
  await stream.disconnect();
  await expect(answers(page)).toContainText('Begin and end.');
  await expect(page.locator('.problem')).toHaveCount(0);
});

test('after a lost stream the page waits until the twin has completed the answer', async ({ page, backend }) => {
  await installClock(page);
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await stream.send('Begin');
  await expect(answers(page)).toContainText('Begin');
  let reads = 0;
  backend.historyReply = (response) => {
    reads += 1;
    json(response, 200, { messages: [] });
    if (reads < 6) return;
    backend.historyReply = undefined;
    backend.remember(backend.requests[0]!, 'Begin and end.');
  };
  await stream.disconnect();
  await advanceClockUntil(page, answers(page), 'Begin and end.');
  await expect(page.locator('.problem')).toHaveCount(0);
});

test('after a lost stream the part that the twin has stored is shown, as a failure', async ({ page, backend }) => {
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await stream.send('Begin');
  await expect(answers(page)).toContainText('Begin');
  const { session_id, turn } = backend.requests[0]!;
  backend.stops.push({ session_id, turn: turn!, shown: 9 });
  backend.remember(backend.requests[0]!, 'Begin and end.');
  await stream.disconnect();
  await expect(answers(page)).toContainText('The connection was lost before the answer was complete.');
  await expect(answers(page)).toContainText('Begin and');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('All is well.');
  expect(backend.requests[1]!.replaces).toEqual([turn]);
});

test('after a lost JSON response the answer is read from the history once it is stored', async ({ page, backend }) => {
  let connection: ServerResponse | undefined;
  backend.replies.push((request, response) => {
    backend.rememberAfterNextRead(request, 'Late, but here.');
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '999' });
    response.write('{');
    connection = response;
  });
  await page.goto(backend.pageServer.url);
  // The browser repeats a request whose connection breaks before the headers of the response.
  const headers = page.waitForResponse('**/api/chat');
  await ask(page, 'Hi');
  await headers;
  connection!.destroy();
  await expect(answers(page)).toContainText('Late, but here.');
});

test('a lost stream whose answer is not in the history is reported', async ({ page, backend }) => {
  await installClock(page);
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await stream.send('Only this');
  await expect(answers(page)).toContainText('Only this');
  await stream.disconnect();
  await advanceClockUntil(page, answers(page), 'The connection was lost before the answer was complete.');
  await expect(answers(page)).toContainText('Only this');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('All is well.');
});

test('after a reload the page looks for the answer to an open question, until the visitor stops it', async ({
  page,
  backend,
}) => {
  backend.replies.push(neverReply());
  await page.goto(backend.pageServer.url);
  await ask(page, 'Still there?');
  await expect.poll(() => backend.requests.length).toBe(1);
  // The first read shows the conversation. The next one, which looks for the answer, gets no response.
  backend.historyReply = (response) => {
    backend.historyReply = () => {};
    json(response, 200, { messages: [] });
  };
  await page.reload();
  await expect(questions(page)).toHaveText('Still there?');
  await expect(answers(page)).toContainText('Looking for the answer');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('All is well.');
});

test('an answer that is stored after a reload is shown', async ({ page, backend }) => {
  backend.replies.push(neverReply());
  await page.goto(backend.pageServer.url);
  await ask(page, 'Soon?');
  await expect.poll(() => backend.requests.length).toBe(1);
  backend.rememberAfterNextRead(backend.requests[0]!, 'Here it is.');
  await page.reload();
  await expect(answers(page)).toContainText('Here it is.');
  await page.reload();
  await expect(answers(page)).toContainText('Here it is.');
});

test('a slow answer is explained after 6 seconds, and again after 20 seconds', async ({ page, backend }) => {
  await installClock(page);
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('All is well.');
  await pauseClock(page);
  const stream = backend.streamNextAnswer();
  await ask(page, 'Slow?');
  await expect(page.locator('.dots')).toBeVisible();
  const status = answers(page).nth(1).locator('.waiting');
  await expect(status).toHaveText('Thinking');
  // The first second includes the frame in which the timers begin.
  await page.clock.runFor(1_000 + 6_000);
  await expect(status).toHaveText('Still thinking. This can take a moment.');
  await page.clock.runFor(14_000);
  await expect(status).toHaveText('This is taking longer than usual. You can wait, or stop and try again.');
  await stream.finish('At last.');
  await expect(answers(page).nth(1)).toContainText('At last.');
});

test('offline: the page reports it, keeps the question, and continues when it is online again', async ({
  page,
  backend,
  context,
}) => {
  const loaded: string[] = [];
  page.on('requestfinished', (request) => loaded.push(new URL(request.url()).pathname));
  await page.goto(backend.pageServer.url);
  await messageField(page).focus();
  for (const chunk of ['transcript', 'timestamp', 'receive-answer'])
    await expect.poll(() => loaded.filter((path) => path.startsWith(`/assets/${chunk}-`))).toHaveLength(1);
  await context.setOffline(true);
  await expect(page.getByText('You are offline. Your draft is kept.')).toBeVisible();
  await ask(page, 'Anyone?');
  await expect(answers(page)).toContainText('You are offline. Try again when you are connected.');
  await context.setOffline(false);
  await expect(page.getByText('Your draft is kept.')).toBeHidden();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(answers(page)).toContainText('All is well.');
});

test('a rejected session ID is replaced, and the question is sent again', async ({ page, backend }) => {
  backend.replies.push(refuse(400, { detail: 'bad id', code: 'bad_session_id' }));
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('All is well.');
  await expect(page.getByText('so this is a new one.')).toBeVisible();
  expect(backend.requests[0]!.session_id).not.toBe(backend.requests[1]!.session_id);
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByText('so this is a new one.')).toBeHidden();
});

test('invalid values in local storage are ignored', async ({ page, backend }) => {
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
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('All is well.');
});

test('an unavailable history is reported and can be read again', async ({ page, backend }) => {
  await page.goto(backend.pageServer.url);
  await ask(page, 'One');
  await expect(answers(page)).toContainText('All is well.');
  backend.historyReply = (response) => json(response, 503, { detail: 'x', code: 'memory_unavailable' });
  await page.reload();
  await expect(page.getByText('Earlier messages are not available right now.')).toBeVisible();
  backend.historyReply = undefined;
  await page.locator('.notice').getByRole('button', { name: 'Try again' }).click();
  await expect(questions(page)).toHaveText('One');
});

test('an answer that the twin could not save is marked', async ({ page, backend }) => {
  backend.replies.push((request, response) =>
    json(
      response,
      200,
      { response: 'Fleeting.', session_id: request.session_id, timestamp: 'x' },
      { 'x-memory': 'not-saved' },
    ),
  );
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('This answer could not be saved');
});

test('the page works without access to local storage', async ({ page, backend }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText('All is well.');
});

test('events that arrive byte by byte are parsed', async ({ page, backend }) => {
  const text = 'Grüße, 世界! 🌉';
  backend.replies.push(async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const bytes = Buffer.from(
      `event: token\r\ndata: ${JSON.stringify({ delta: text })}\r\n\r\nevent: done\r\ndata: ${JSON.stringify({ response: text, session_id: request.session_id, timestamp: '2026-01-01T00:00:00Z' })}\r\n\r\n`,
    );
    for (const byte of bytes) {
      response.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    response.end();
  });
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(answers(page)).toContainText(text);
});

test('the stop button closes the connection to the backend', async ({ page, backend }) => {
  const stream = backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await stream.send('more ');
  await expect(answers(page)).toContainText('more');
  await page.getByRole('button', { name: 'Stop' }).click();
  await stream.aborted;
});
